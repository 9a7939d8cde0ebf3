# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """convolution theorem on the zero-stuffed signal"""
    w, g, nd = conv.weight, conv.groups, x.dim() - 2
    b, c, og = x.shape[0], x.shape[1], w.shape[1]
    ix = (slice(None),) * 2
    up = x.new_zeros(b, c, *[(n - 1) * s + 1 for n, s in zip(x.shape[2:], conv.stride)])
    up[ix + tuple(slice(None, None, s) for s in conv.stride)] = x
    sw = w.new_zeros(c, og, *[d * (k - 1) + 1 for d, k in zip(conv.dilation, w.shape[2:])])
    sw[ix + tuple(slice(None, None, d) for d in conv.dilation)] = w
    n = [a + k - 1 for a, k in zip(up.shape[2:], sw.shape[2:])]
    axes = list(range(-nd, 0))
    fx, fw = torch.fft.rfftn(up, s=n, dim=axes), torch.fft.rfftn(sw, s=n, dim=axes)
    fy = torch.einsum("bgc...,gco...->bgo...", fx.reshape(b, g, c // g, *fx.shape[2:]), fw.reshape(g, c // g, og, *fw.shape[2:]))
    y = torch.fft.irfftn(fy.reshape(b, g * og, *fy.shape[3:]), s=n, dim=axes)
    pads = []
    for i in reversed(range(nd)):
        pads += [-conv.padding[i], conv.output_padding[i] - conv.padding[i]]
    out = F.pad(y, pads)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv_transpose3d)
