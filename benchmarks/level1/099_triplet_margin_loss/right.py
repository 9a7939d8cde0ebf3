# right
import torch
import torch.nn as nn


class _Triplet(torch.autograd.Function):
    EPS = 1e-6

    @staticmethod
    def forward(ctx, a, p, n, margin):
        dp, dn = a - p + _Triplet.EPS, a - n + _Triplet.EPS
        lp = torch.einsum("bd,bd->b", dp, dp).sqrt()
        ln = torch.einsum("bd,bd->b", dn, dn).sqrt()
        h = lp - ln + margin
        ctx.save_for_backward(dp / lp[:, None], dn / ln[:, None], h >= 0)
        return torch.where(h > 0, h, torch.zeros_like(h)).mean()

    @staticmethod
    def backward(ctx, g):
        up, un, live = ctx.saved_tensors
        w = (g / live.numel()) * live.to(g.dtype)[:, None]
        return w * (up - un), -w * up, w * un, None


class ModelNew(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.loss_fn = torch.nn.TripletMarginLoss(margin=margin)

    def forward(self, anchor, positive, negative):
        return _Triplet.apply(anchor, positive, negative, self.loss_fn.margin)
