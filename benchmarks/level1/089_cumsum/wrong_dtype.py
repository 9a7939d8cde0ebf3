# wrong: the carry from block to block is held in bfloat16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        v = x.movedim(self.dim, -1)
        out, carry = [], torch.zeros_like(v[..., :1]).bfloat16()
        for b in v.split(16, -1):
            y = b.cumsum(-1) + carry.float()
            out.append(y)
            carry = y[..., -1:].bfloat16()
        return torch.cat(out, -1).movedim(-1, self.dim)
