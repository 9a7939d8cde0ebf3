# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class _MaxPool(torch.autograd.Function):
    """windows as views; the winner's place is kept for the way back"""

    @staticmethod
    def forward(ctx, x, k, s, p, d):
        xp = F.pad(x, (p, p), value=float("-inf"))
        win = xp.unfold(2, d * (k - 1) + 1, s)[..., ::d]
        top, which = win.max(-1)
        place = which * d + torch.arange(top.shape[2], device=x.device) * s
        ctx.save_for_backward(place)
        ctx.sizes = (xp.shape, p, x.shape[2])
        return top

    @staticmethod
    def backward(ctx, g):
        (place,) = ctx.saved_tensors
        shape, p, n = ctx.sizes
        gx = g.new_zeros(shape).scatter_add_(2, place, g)
        return gx[:, :, p:p + n], None, None, None, None


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool1d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        m = self.pool
        return _MaxPool.apply(x, m.kernel_size, m.stride, m.padding, m.dilation)
