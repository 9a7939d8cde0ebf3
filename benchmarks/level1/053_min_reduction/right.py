# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        # tournament of neighbours; of equal values the earlier one goes on
        v = x.movedim(self.dim, 0)
        while v.shape[0] > 1:
            n = v.shape[0] // 2 * 2
            a, b = v[0:n:2], v[1:n:2]
            won = torch.where((b < a) | (b.isnan() & ~a.isnan()), b, a)
            v = torch.cat([won, v[n:]])
        return v[0]
