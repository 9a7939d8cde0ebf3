# right
import torch
import torch.nn as nn


class _L1(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        m = torch.linalg.vector_norm(x, 1, dim=1, keepdim=True) / x.shape[1]
        ctx.save_for_backward(x, m)
        return x / m

    @staticmethod
    def backward(ctx, g):
        x, m = ctx.saved_tensors
        through_mean = -(g * x).sum(1, keepdim=True) / (m * m)
        return g / m + torch.sign(x) * through_mean / x.shape[1]


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _L1.apply(x)
