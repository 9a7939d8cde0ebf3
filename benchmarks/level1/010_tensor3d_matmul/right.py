# right
import torch
import torch.nn as nn


class _Fold(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return torch.stack([torch.mm(b.t(), x.t()).t() for x in a])

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        ga = torch.tensordot(g, b, dims=([2], [1]))
        gb = torch.zeros_like(b)
        for x, y in zip(a, g):
            gb.addmm_(x.t(), y)
        return ga, gb


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _Fold.apply(A, B)
