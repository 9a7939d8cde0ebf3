# wrong: blocks of 32: the carry into the last, partial block lacks the block just before it
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        v = x.movedim(self.dim, -1)
        out, carry, before = [], torch.zeros_like(v[..., :1]), torch.zeros_like(v[..., :1])
        for b in v.split(32, -1):
            c = carry if b.shape[-1] == 32 else before
            y = b.cumsum(-1)
            out.append(y + c)
            before = carry
            carry = carry + y[..., -1:]
        return torch.cat(out, -1).movedim(-1, self.dim)
