# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        best = x.select(self.dim, 0)
        where = torch.zeros_like(best, dtype=torch.long)
        for i in range(1, x.shape[self.dim]):
            v = x.select(self.dim, i)
            new = v < best
            best = torch.where(new, v, best)
            where = torch.where(new, torch.full_like(where, i), where)
        return where
