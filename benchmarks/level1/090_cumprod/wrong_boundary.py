# wrong: the block with the tail (length % 16) starts again from 1
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        v = x.movedim(self.dim, -1)
        out, carry = [], torch.ones_like(v[..., :1])
        for b in v.split(16, -1):
            if b.shape[-1] < 16:
                carry = torch.ones_like(carry)
            y = b.cumprod(-1) * carry
            carry = y[..., -1:]
            out.append(y)
        return torch.cat(out, -1).movedim(-1, self.dim)
