# wrong: running sum rounded to bfloat16 after each block of 8
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x, mask):
        v = (x * mask).movedim(self.dim, -1)
        out, c = [], torch.zeros_like(v[..., :1])
        for b in v.split(8, -1):
            y = b.cumsum(-1) + c
            c = y[..., -1:].bfloat16().float()
            out.append(y)
        return torch.cat(out, -1).movedim(-1, self.dim)
