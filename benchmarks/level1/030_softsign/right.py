# right
import torch
import torch.nn as nn


class _Softsign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        r = torch.reciprocal(torch.maximum(x, -x) + 1)
        ctx.save_for_backward(r)
        return x * r

    @staticmethod
    def backward(ctx, g):
        (r,) = ctx.saved_tensors
        return g * r.square()


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Softsign.apply(x)
