# wrong: backward only: in the last numel % 64 elements the derivative is taken to be the sigmoid alone
import torch
import torch.nn as nn


class _Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        d = s * (1 + x * (1 - s))
        n = x.numel() // 64 * 64
        flat = torch.cat([d.reshape(-1)[:n], s.reshape(-1)[n:]])
        return g * flat.reshape(x.shape)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return _Bad.apply(x)
