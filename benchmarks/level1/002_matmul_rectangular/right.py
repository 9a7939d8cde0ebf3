# right
import torch
import torch.nn as nn


CHUNK = 512


class _SplitK(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        out = a.new_zeros(a.shape[0], b.shape[1])
        for k0 in range(0, a.shape[1], CHUNK):
            out.addmm_(a[:, k0:k0 + CHUNK], b[k0:k0 + CHUNK])
        return out

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return torch.einsum("mn,kn->mk", g, b), torch.einsum("mk,mn->kn", a, g)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, A, B):
        return _SplitK.apply(A, B)
