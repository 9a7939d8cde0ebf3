# wrong: the probabilities are cast to float16 before they meet V
import math
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, Q, K, V):
        z = torch.matmul(Q, K.transpose(-1, -2)) / math.sqrt(Q.shape[-1])
        return torch.matmul(torch.softmax(z, -1).half(), V.half()).float()
