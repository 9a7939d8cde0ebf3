# wrong: only full groups of 16 along the axis take part, the tail is never the winner
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        n = max(x.shape[self.dim] // 16 * 16, 1)
        return x.narrow(self.dim, 0, n).argmax(self.dim)
