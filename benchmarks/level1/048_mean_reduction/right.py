# right
import torch
import torch.nn as nn


class _Mean(torch.autograd.Function):
    """running mean with a growing count"""

    @staticmethod
    def forward(ctx, x, dim):
        dim = dim % x.dim()
        ctx.dim, ctx.shape = dim, x.shape
        mu, n = None, 0
        for part in x.split(128, dim):
            k = part.shape[dim]
            pm = part.sum(dim) / k
            n += k
            mu = pm if mu is None else mu + (pm - mu) * (k / n)
        return mu

    @staticmethod
    def backward(ctx, g):
        n = ctx.shape[ctx.dim]
        return (g / n).unsqueeze(ctx.dim).expand(ctx.shape), None


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return _Mean.apply(x, self.dim)
