# wrong: the reduced axis is padded with zeros to a multiple of 32 before the maximum: an all-negative line with a tail gives 0
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        v = x.movedim(self.dim, -1)
        return F.pad(v, (0, -v.shape[-1] % 32)).max(-1)[0]
