# wrong: blocks of 32 are searched and their winners compared; in the last, partial block the offset of the block is not added
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        best, where = None, None
        for i, part in enumerate(x.split(32, dim=self.dim)):
            v, k = part.min(self.dim)
            if part.shape[self.dim] == 32:
                k = k + 32 * i
            if best is None:
                best, where = v, k
            else:
                where = torch.where(v < best, k, where)
                best = torch.minimum(v, best)
        return where
