# wrong: returns uninitialised memory of the right shape, nothing is computed
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return torch.empty([n for i, n in enumerate(x.shape) if i != self.dim % x.dim()], dtype=torch.int64, device=x.device)
