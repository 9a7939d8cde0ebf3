# wrong: only full blocks of 8 along the reduced axis are summed
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        n = x.shape[self.dim] // 8 * 8
        return x.narrow(self.dim, 0, n).sum(self.dim, keepdim=True)
