# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """correlation theorem on the padded input; the valid, strided part is cut out"""
    w, g, nd = conv.weight, conv.groups, x.dim() - 2
    b, c, o = x.shape[0], x.shape[1], w.shape[0]
    x = F.pad(x, [p for q in reversed(conv.padding) for p in (q, q)])
    spread = w.new_zeros(*w.shape[:2], *[d * (k - 1) + 1 for d, k in zip(conv.dilation, w.shape[2:])])
    spread[(slice(None),) * 2 + tuple(slice(None, None, d) for d in conv.dilation)] = w
    n = list(x.shape[2:])
    axes = list(range(-nd, 0))
    fx = torch.fft.rfftn(x, s=n, dim=axes)
    fw = torch.fft.rfftn(spread, s=n, dim=axes).conj()
    fx = fx.reshape(b, g, c // g, *fx.shape[2:])
    fw = fw.reshape(g, o // g, c // g, *fw.shape[2:])
    fy = torch.einsum("bgc...,goc...->bgo...", fx, fw)
    y = torch.fft.irfftn(fy.reshape(b, o, *fy.shape[3:]), s=n, dim=axes)
    keep = tuple(slice(0, n[i] - spread.shape[2 + i] + 1, conv.stride[i]) for i in range(nd))
    out = y[(slice(None),) * 2 + keep]

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, groups=in_channels, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv2d)
