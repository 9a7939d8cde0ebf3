# right
import itertools
import torch
import torch.nn as nn


def _conv(x, conv):
    """each kernel tap adds its product to a strided slice of a large buffer, padding is cut off at the end"""
    w, g, nd = conv.weight, conv.groups, x.dim() - 2
    b, c, og = x.shape[0], x.shape[1], w.shape[1]
    n = x.shape[2:]
    xg = x.reshape(b, g, c // g, *n)
    wg = w.reshape(g, c // g, og, *w.shape[2:])
    full = [(n[i] - 1) * conv.stride[i] + conv.dilation[i] * (w.shape[2 + i] - 1) + 1 + conv.output_padding[i] for i in range(nd)]
    buf = x.new_zeros(b, g, og, *full)
    lead = (slice(None),) * 3
    for tap in itertools.product(*[range(k) for k in w.shape[2:]]):
        cut = tuple(slice(t * d, t * d + s * (m - 1) + 1, s) for t, d, s, m in zip(tap, conv.dilation, conv.stride, n))
        buf[lead + cut] += torch.einsum("bgc...,gco->bgo...", xg, wg[lead + tap])
    inner = tuple(slice(p, f - p) for p, f in zip(conv.padding, full))
    out = buf[lead + inner]
    out = out.reshape(b, g * og, *out.shape[3:])

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1, 1), padding=(0, 0, 0), output_padding=(0, 0, 0), groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv_transpose3d)
