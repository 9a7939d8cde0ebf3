# wrong: as total - prefix sum + x, but the total misses the elements behind the last full block of 32
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        n = x.shape[self.dim] // 32 * 32
        total = x.narrow(self.dim, 0, n).sum(self.dim, keepdim=True)
        return total - x.cumsum(self.dim) + x
