# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """im2col and matrix product"""
    w, g, nd = conv.weight, conv.groups, 2
    b, o = x.shape[0], w.shape[0]
    cols = F.unfold(x, w.shape[2:], dilation=conv.dilation, padding=conv.padding, stride=conv.stride)
    cols = cols.view(b, g, -1, cols.shape[2])
    size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in
            zip(x.shape[2:], conv.padding, conv.dilation, w.shape[2:], conv.stride)]
    out = torch.einsum("gok,bgkl->bgol", w.view(g, o // g, -1), cols).reshape(b, o, *size)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=(0, 0), dilation=(1, 1), bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv2d)
