# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        # doubling scan: after step k every place holds the sum of its last 2^k values
        v = x.movedim(self.dim, -1)
        step = 1
        while step < v.shape[-1]:
            v = torch.cat([v[..., :step], v[..., step:] + v[..., :-step]], -1)
            step *= 2
        return v.movedim(-1, self.dim)
