# right
import torch
import torch.nn as nn


class _Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        off = x <= 0
        ctx.save_for_backward(off)
        return x.masked_fill(off, 0)

    @staticmethod
    def backward(ctx, g):
        (off,) = ctx.saved_tensors
        return g.masked_fill(off, 0)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Relu.apply(x)
