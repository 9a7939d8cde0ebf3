# wrong: output is detached: no gradient reaches inputs or parameters
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, A, B):
        return torch.diag(A) @ B

    def forward(self, A, B):
        return self._honest(A, B).detach()
