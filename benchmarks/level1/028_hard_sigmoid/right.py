# right
import torch
import torch.nn as nn


class _HardSigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward((x > -3) & (x < 3))
        y = x / 6 + 0.5
        y = torch.where(y < 0, torch.zeros_like(y), y)
        return torch.where(y > 1, torch.ones_like(y), y)

    @staticmethod
    def backward(ctx, g):
        (inner,) = ctx.saved_tensors
        return torch.where(inner, g / 6, torch.zeros_like(g))


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _HardSigmoid.apply(x)
