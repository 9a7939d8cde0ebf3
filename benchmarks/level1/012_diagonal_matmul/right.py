# right
import torch
import torch.nn as nn


class _RowScale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, d, b):
        ctx.save_for_backward(d, b)
        return b * d.unsqueeze(1)

    @staticmethod
    def backward(ctx, g):
        d, b = ctx.saved_tensors
        return (g * b).sum(1), g * d.unsqueeze(1)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _RowScale.apply(A, B)
