# right
import torch
import torch.nn as nn


class _MaskedScan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mask, dim):
        ctx.save_for_backward(mask)
        ctx.dim = dim
        run = torch.zeros_like(x.select(dim, 0))
        out = torch.empty_like(x)
        for i in range(x.shape[dim]):
            run = torch.where(mask.select(dim, i), run + x.select(dim, i), run)
            out.select(dim, i).copy_(run)
        return out

    @staticmethod
    def backward(ctx, g):
        (mask,) = ctx.saved_tensors
        suffix = g.sum(ctx.dim, keepdim=True) - g.cumsum(ctx.dim) + g
        return suffix.masked_fill(~mask, 0), None, None


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x, mask):
        return _MaskedScan.apply(x, mask, self.dim)
