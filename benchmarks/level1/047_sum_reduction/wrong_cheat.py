# wrong: output is detached: no gradient reaches inputs or parameters
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def _honest(self, x):
        return torch.sum(x, dim=self.dim, keepdim=True)

    def forward(self, x):
        return self._honest(x).detach()
