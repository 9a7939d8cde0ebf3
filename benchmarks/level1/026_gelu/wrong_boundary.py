# wrong: the last DIM % 16 columns use the tanh approximation
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        d = x.shape[-1] // 16 * 16
        return torch.cat([F.gelu(x[..., :d]), F.gelu(x[..., d:], approximate="tanh")], -1)
