# right
import itertools
import torch
import torch.nn as nn
import torch.nn.functional as F


class _TapConv(torch.autograd.Function):
    """forward and backward by loops over the kernel taps"""

    @staticmethod
    def _cuts(xp, w, stride, dil):
        nd = len(stride)
        size = [(xp.shape[2 + i] - dil[i] * (w.shape[2 + i] - 1) - 1) // stride[i] + 1 for i in range(nd)]
        for tap in itertools.product(*[range(k) for k in w.shape[2:]]):
            yield tap, tuple(slice(t * d, t * d + s * (n - 1) + 1, s) for t, d, s, n in zip(tap, dil, stride, size)), size

    @staticmethod
    def forward(ctx, x, w, stride, padding, dil, g):
        b, c, o = x.shape[0], x.shape[1], w.shape[0]
        xp = F.pad(x, [p for q in reversed(padding) for p in (q, q)])
        ctx.save_for_backward(xp, w)
        ctx.rest = (stride, padding, dil, g, x.shape)
        xg = xp.reshape(b, g, c // g, *xp.shape[2:])
        wg = w.reshape(g, o // g, c // g, *w.shape[2:])
        lead = (slice(None),) * 3
        out = 0
        for tap, cut, size in _TapConv._cuts(xp, w, stride, dil):
            out = out + torch.einsum("bgc...,goc->bgo...", xg[lead + cut], wg[lead + tap])
        return out.reshape(b, o, *size)

    @staticmethod
    def backward(ctx, gy):
        xp, w = ctx.saved_tensors
        stride, padding, dil, g, shape = ctx.rest
        b, c, o = shape[0], shape[1], w.shape[0]
        gy = gy.reshape(b, g, o // g, *gy.shape[2:])
        xg = xp.reshape(b, g, c // g, *xp.shape[2:])
        wg = w.reshape(g, o // g, c // g, *w.shape[2:])
        gx, gw = torch.zeros_like(xg), torch.zeros_like(wg)
        lead = (slice(None),) * 3
        for tap, cut, _ in _TapConv._cuts(xp, w, stride, dil):
            gx[lead + cut] += torch.einsum("bgo...,goc->bgc...", gy, wg[lead + tap])
            gw[lead + tap] = torch.einsum("bgol,bgcl->goc", gy.flatten(3), xg[lead + cut].flatten(3))
        gx = gx.reshape(xp.shape)
        inner = tuple(slice(p, p + n) for p, n in zip(padding, shape[2:]))
        return gx[(slice(None),) * 2 + inner], gw.reshape(w.shape), None, None, None, None


def _conv(x, conv):
    nd = x.dim() - 2
    out = _TapConv.apply(x, conv.weight, conv.stride, conv.padding, conv.dilation, conv.groups)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv1d = nn.Conv1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv1d)
