# wrong: loop over the reduced axis stops one short when its extent is odd
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        n = x.shape[self.dim]
        return x.narrow(self.dim, 0, n - n % 2 if n > 1 else 1).amin(self.dim)
