# right
import torch
import torch.nn as nn


class _ABt(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        out = torch.empty(a.shape[0], b.shape[0], dtype=a.dtype, device=a.device)
        for j in range(0, b.shape[0], 64):
            out[:, j:j + 64] = (b[j:j + 64] @ a.t()).t()
        return out

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g.mm(b), g.t().mm(a)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _ABt.apply(A, B)
