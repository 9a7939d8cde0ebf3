# right
import torch
import torch.nn as nn


class _Logistic(torch.autograd.Function):
    """never takes exp of a positive number"""

    @staticmethod
    def forward(ctx, x):
        e = torch.exp(-x.abs())
        y = torch.where(x < 0, e, torch.ones_like(e)) / (1 + e)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y * (1 - y)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Logistic.apply(x)
