# right
import torch
import torch.nn as nn


class _Mse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, t):
        d = (p - t).reshape(-1)
        ctx.save_for_backward(d)
        ctx.shape = p.shape
        total = sum(torch.dot(c, c) for c in d.split(4096))
        return total / d.numel()

    @staticmethod
    def backward(ctx, g):
        (d,) = ctx.saved_tensors
        gp = (d * (2 * g / d.numel())).view(ctx.shape)
        return gp, -gp


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return _Mse.apply(predictions, targets)
