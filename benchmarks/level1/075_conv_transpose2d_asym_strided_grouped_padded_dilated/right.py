# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """matrix product into columns, then col2im (fold)"""
    w, g, nd = conv.weight, conv.groups, 2
    b, c = x.shape[:2]
    size = [(n - 1) * s - 2 * p + d * (k - 1) + q + 1 for n, s, p, d, k, q in
            zip(x.shape[2:], conv.stride, conv.padding, conv.dilation, w.shape[2:], conv.output_padding)]
    flat = x.reshape(b, g, c // g, -1)
    cols = torch.einsum("gck,bgcl->bgkl", w.reshape(g, c // g, -1), flat)
    # the fold must see exactly the columns of x: extra rows from output padding are added afterwards
    core = [n - q for n, q in zip(size, conv.output_padding)]
    out = F.fold(cols.reshape(b, -1, flat.shape[3]), [n + 2 * p for n, p in zip(core, conv.padding)], w.shape[2:],
                 dilation=conv.dilation, stride=conv.stride)
    pads = []
    for i in (1, 0):
        pads += [-conv.padding[i], conv.output_padding[i] - conv.padding[i]]
    out = F.pad(out, pads)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv_transpose2d)
