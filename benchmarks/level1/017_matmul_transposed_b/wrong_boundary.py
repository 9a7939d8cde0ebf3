# wrong: backward only: the gradient of B leaves out the last M % 16 rows of A (forward is right)
import torch
import torch.nn as nn


class _Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a @ b.t()

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        m = a.shape[0] // 16 * 16
        return g @ b, g[:m].t() @ a[:m]


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _Bad.apply(A, B)
