# wrong: product over an even number of elements: the last one of an odd extent is missing
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        n = x.shape[self.dim] // 2 * 2
        return x.narrow(self.dim, 0, n).prod(self.dim)
