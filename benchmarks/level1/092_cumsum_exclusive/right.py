# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        # product with a strictly triangular matrix of ones, block against block
        v = x.movedim(self.dim, -1)
        out, carry = [], torch.zeros_like(v[..., :1])
        for b in v.split(96, -1):
            m = torch.ones(b.shape[-1], b.shape[-1], dtype=v.dtype, device=v.device).triu(1)
            out.append(torch.matmul(b, m) + carry)
            carry = carry + b.sum(-1, keepdim=True)
        return torch.cat(out, -1).movedim(-1, self.dim)
