# wrong: off by one in the last partial block of 16: inclusive there
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        y = x.cumsum(self.dim)
        n = x.shape[self.dim]
        full = n // 16 * 16
        inner = torch.arange(n, device=x.device) < full
        shape = [1] * x.dim()
        shape[self.dim] = n
        return y - x * inner.view(shape).to(x.dtype)
