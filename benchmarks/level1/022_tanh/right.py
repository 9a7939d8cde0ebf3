# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        # expm1 keeps small arguments exact; beyond 20 the result is +-1 in any precision
        e = torch.expm1(2 * x.clamp(-20, 20))
        return e / (e + 2)
