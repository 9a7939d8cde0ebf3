# right
import torch
import torch.nn as nn


class _Outer(torch.autograd.Function):
    """sum of K outer products"""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        out = torch.zeros(a.shape[0], b.shape[1], dtype=a.dtype, device=a.device)
        for k in range(a.shape[1]):
            out.addr_(a[:, k], b[k])
        return out

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        ga = torch.stack([g.mv(b[k]) for k in range(b.shape[0])], 1)
        gb = torch.stack([g.t().mv(a[:, k]) for k in range(a.shape[1])], 0)
        return ga, gb


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _Outer.apply(A, B)
