# right
import torch
import torch.nn as nn


class _Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, s):
        ctx.s = s
        out = torch.zeros_like(a)
        return torch.add(out, a, alpha=s)

    @staticmethod
    def backward(ctx, g):
        return torch.add(torch.zeros_like(g), g, alpha=ctx.s), None


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, s):
        return _Scale.apply(A, s)
