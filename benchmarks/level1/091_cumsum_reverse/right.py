# right
import torch
import torch.nn as nn


class _Suffix(torch.autograd.Function):
    """suffix sums through triangular matrices on blocks; the backward pass is a prefix sum"""

    SIZE = 64

    @staticmethod
    def _scan(v, upper):
        n, t = v.shape[-1], _Suffix.SIZE
        out = torch.empty_like(v)
        carry = torch.zeros_like(v[..., :1])
        starts = list(range(0, n, t))
        for s in (starts if upper else reversed(starts)):
            b = v[..., s:s + t]
            one = torch.ones(b.shape[-1], b.shape[-1], dtype=v.dtype, device=v.device)
            out[..., s:s + t] = b @ (one.triu() if upper else one.tril()) + carry
            carry = carry + b.sum(-1, keepdim=True)
        return out

    @staticmethod
    def forward(ctx, x, dim):
        ctx.dim = dim
        return _Suffix._scan(x.movedim(dim, -1), False).movedim(-1, dim)

    @staticmethod
    def backward(ctx, g):
        return _Suffix._scan(g.movedim(ctx.dim, -1), True).movedim(-1, ctx.dim), None


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return _Suffix.apply(x, self.dim)
