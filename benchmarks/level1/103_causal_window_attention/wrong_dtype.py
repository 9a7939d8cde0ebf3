# wrong: scores are rounded to bfloat16 before the softmax
import math
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def forward(self, Q, K, V):
        n = Q.shape[-2]
        i = torch.arange(n, device=Q.device)
        gap = i[:, None] - i[None, :]
        z = (Q @ K.transpose(-1, -2) / math.sqrt(Q.shape[-1])).bfloat16().float()
        z = z.masked_fill((gap < 0) | (gap >= self.window), float("-inf"))
        return torch.softmax(z, -1) @ V
