# wrong: rows beyond a multiple of 4 use the squared branch only
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        d = (predictions - targets)
        a = d.abs()
        h = torch.where(a < 1, 0.5 * d * d, a - 0.5)
        n = d.shape[0] // 4 * 4
        return torch.cat([h[:n], 0.5 * d[n:] ** 2]).mean()
