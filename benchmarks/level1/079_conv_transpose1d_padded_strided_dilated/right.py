# right
import itertools
import torch
import torch.nn as nn


class _TapConvT(torch.autograd.Function):
    """scatter over taps; the backward gathers with the same slices"""

    @staticmethod
    def forward(ctx, x, w, stride, padding, opad, dil, g):
        b, c, og, nd = x.shape[0], x.shape[1], w.shape[1], len(stride)
        n = x.shape[2:]
        full = [(n[i] - 1) * stride[i] + dil[i] * (w.shape[2 + i] - 1) + 1 + opad[i] for i in range(nd)]
        xg = x.reshape(b, g, c // g, *n)
        wg = w.reshape(g, c // g, og, *w.shape[2:])
        buf = x.new_zeros(b, g, og, *full)
        lead = (slice(None),) * 3
        cuts = {}
        for tap in itertools.product(*[range(k) for k in w.shape[2:]]):
            cuts[tap] = tuple(slice(t * d, t * d + s * (m - 1) + 1, s) for t, d, s, m in zip(tap, dil, stride, n))
            buf[lead + cuts[tap]] += torch.einsum("bgc...,gco->bgo...", xg, wg[lead + tap])
        ctx.save_for_backward(xg, wg)
        ctx.rest = (cuts, padding, full, x.shape, w.shape)
        inner = tuple(slice(p, f - p) for p, f in zip(padding, full))
        return buf[lead + inner].reshape(b, g * og, *[f - 2 * p for p, f in zip(padding, full)]).contiguous()

    @staticmethod
    def backward(ctx, gy):
        xg, wg = ctx.saved_tensors
        cuts, padding, full, xs, ws = ctx.rest
        lead = (slice(None),) * 3
        big = gy.new_zeros(xg.shape[0], xg.shape[1], wg.shape[2], *full)
        inner = tuple(slice(p, f - p) for p, f in zip(padding, full))
        big[lead + inner] = gy.reshape(big[lead + inner].shape)
        gx, gw = torch.zeros_like(xg), torch.zeros_like(wg)
        for tap, cut in cuts.items():
            part = big[lead + cut]
            gx += torch.einsum("bgo...,gco->bgc...", part, wg[lead + tap])
            gw[lead + tap] = torch.einsum("bgcl,bgol->gco", xg.flatten(3), part.flatten(3))
        return gx.reshape(xs), gw.reshape(ws), None, None, None, None, None


def _conv(x, conv):
    nd = x.dim() - 2
    out = _TapConvT.apply(x, conv.weight, conv.stride, conv.padding, conv.output_padding, conv.dilation, conv.groups)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv1d_transpose = nn.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv1d_transpose)
