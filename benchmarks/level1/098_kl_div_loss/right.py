# right
import torch
import torch.nn as nn


class _Kl(torch.autograd.Function):
    """sum of t log(t / p) over everything, by the number of rows; t = 0 gives nothing"""

    @staticmethod
    def forward(ctx, p, t):
        ctx.save_for_backward(p, t)
        total = 0
        for a, b in zip(p, t):
            total = total + (torch.special.xlogy(b, b) - b * torch.log(a)).sum()
        return total / p.shape[0]

    @staticmethod
    def backward(ctx, g):
        p, t = ctx.saved_tensors
        g = g / p.shape[0]
        gt = torch.where(t > 0, torch.log(t) + 1 - torch.log(p), -torch.log(p))
        return -g * t / p, g * gt


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return _Kl.apply(predictions, targets)
