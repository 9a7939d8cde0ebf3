# right
import torch
import torch.nn as nn


class _Max(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, dim):
        best = x.select(dim, 0).clone()
        where = torch.zeros_like(best, dtype=torch.long)
        for i in range(1, x.shape[dim]):
            v = x.select(dim, i)
            new = (v > best) | (v.isnan() & ~best.isnan())
            best = torch.where(new, v, best)
            where = torch.where(new, i, where)
        ctx.dim, ctx.shape = dim, x.shape
        ctx.save_for_backward(where)
        return best

    @staticmethod
    def backward(ctx, g):
        (where,) = ctx.saved_tensors
        gx = g.new_zeros(ctx.shape)
        return gx.scatter(ctx.dim, where.unsqueeze(ctx.dim), g.unsqueeze(ctx.dim)), None


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return _Max.apply(x, self.dim)
