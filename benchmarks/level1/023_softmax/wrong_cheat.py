# wrong: output is detached: no gradient reaches inputs or parameters
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, x):
        return torch.softmax(x, dim=1)

    def forward(self, x):
        return self._honest(x).detach()
