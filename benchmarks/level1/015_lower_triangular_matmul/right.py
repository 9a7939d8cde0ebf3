# right
import torch
import torch.nn as nn


class _LowerMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        n, t = a.shape[0], 96
        out = torch.zeros_like(a)
        for i in range(0, n, t):
            e = min(i + t, n)
            blk = a[i:e] @ b[:, :e]
            out[i:e, :e] = torch.tril(blk, diagonal=i)
        return out

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        low = torch.ones_like(g).tril_()
        g = g * low
        return g @ b.t(), a.t() @ g


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _LowerMM.apply(A, B)
