# wrong: the mask is loaded in words of 8 flags: behind the last full word every element counts
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x, mask):
        n = x.shape[self.dim]
        i = torch.arange(n, device=x.device)
        shape = [1] * x.dim()
        shape[self.dim] = n
        m = mask | (i >= n // 8 * 8).view(shape)
        return torch.cumsum(x * m, dim=self.dim)
