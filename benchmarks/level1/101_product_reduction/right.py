# right
import torch
import torch.nn as nn


class _Prod(torch.autograd.Function):
    """backward from products of everything to the left and to the right, so zeros are no trouble"""

    @staticmethod
    def forward(ctx, x, dim):
        v = x.movedim(dim, 0)
        ctx.save_for_backward(v)
        ctx.dim = dim
        out = v[0].clone()
        for row in v[1:]:
            out *= row
        return out

    @staticmethod
    def backward(ctx, g):
        (v,) = ctx.saved_tensors
        left, right = torch.ones_like(v), torch.ones_like(v)
        for i in range(1, v.shape[0]):
            left[i] = left[i - 1] * v[i - 1]
            right[-1 - i] = right[-i] * v[-i]
        return (g * left * right).movedim(0, ctx.dim), None


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return _Prod.apply(x, self.dim)
