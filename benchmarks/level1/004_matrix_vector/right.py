# right
import torch
import torch.nn as nn


class _RowDot(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, v):
        ctx.save_for_backward(a, v)
        flat = v.reshape(-1)
        acc = torch.zeros(a.shape[0], dtype=a.dtype, device=a.device)
        for s in range(0, flat.numel(), 4096):
            acc += (a[:, s:s + 4096] * flat[s:s + 4096]).sum(1)
        return acc.unsqueeze(1)

    @staticmethod
    def backward(ctx, g):
        a, v = ctx.saved_tensors
        ga = g * v.reshape(1, -1)
        gv = (a * g).sum(0).unsqueeze(1)
        return ga, gv


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _RowDot.apply(A, B)
