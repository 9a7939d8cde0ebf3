# right
import torch
import torch.nn as nn


class _Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x / (1 + torch.exp(-x))

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        e = torch.exp(-x.abs())
        s = torch.where(x < 0, e, torch.ones_like(e)) / (1 + e)
        return g * s * (1 + x * (1 - s))


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Swish.apply(x)
