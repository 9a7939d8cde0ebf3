# wrong: mean of the means of blocks of 16: the last, shorter block gets full weight
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        parts = [p.mean(self.dim) for p in x.split(16, dim=self.dim)]
        return torch.stack(parts).mean(0)
