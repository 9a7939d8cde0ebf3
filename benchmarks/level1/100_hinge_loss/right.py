# right
import torch
import torch.nn as nn


class _Hinge(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, t):
        h = torch.addcmul(torch.ones((), dtype=p.dtype, device=p.device), p, t, value=-1)
        live = h >= 0
        ctx.save_for_backward(p, t, live)
        return (h * live).sum() / h.numel()

    @staticmethod
    def backward(ctx, g):
        p, t, live = ctx.saved_tensors
        w = live.to(p.dtype) * (-g / live.numel())
        gp, gt = w * t, w * p
        return gp.sum_to_size(p.shape), gt.sum_to_size(t.shape)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return _Hinge.apply(predictions, targets)
