# right
import torch
import torch.nn as nn


class _Softplus(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        soft = torch.clamp(x, min=0) + torch.log1p(torch.exp(-x.abs()))
        return torch.where(x > 20, x, soft)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        z = torch.exp(-x.abs())
        s = torch.where(x >= 0, 1 / (1 + z), z / (1 + z))
        return torch.where(x > 20, g, g * s)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Softplus.apply(x)
