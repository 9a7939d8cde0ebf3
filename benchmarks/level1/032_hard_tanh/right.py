# right
import torch
import torch.nn as nn


class _Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        hi, lo = x >= 1, x <= -1
        ctx.save_for_backward(hi | lo)
        return x.masked_fill(hi, 1.0).masked_fill(lo, -1.0)

    @staticmethod
    def backward(ctx, g):
        (cut,) = ctx.saved_tensors
        return g.masked_fill(cut, 0.0)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Clip.apply(x)
