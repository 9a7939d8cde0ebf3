# wrong: keys are padded with zeros to a multiple of 32 and the pad is not masked: it adds exp(0) terms to the normaliser
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, Q, K, V):
        pad = -K.shape[-2] % 32
        k, v = F.pad(K, (0, 0, 0, pad)), F.pad(V, (0, 0, 0, pad))
        z = torch.matmul(Q, k.transpose(-1, -2)) / math.sqrt(Q.shape[-1])
        return torch.matmul(torch.softmax(z, -1), v)
