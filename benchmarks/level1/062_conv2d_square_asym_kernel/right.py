# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """sum over the first kernel axis of convolutions with one dimension less"""
    w, nd = conv.weight, x.dim() - 2
    lower = F.conv1d if nd == 2 else F.conv2d
    p, d, s = conv.padding[0], conv.dilation[0], conv.stride[0]
    x = F.pad(x, [0, 0] * (nd - 1) + [p, p])
    k = w.shape[2]
    m = (x.shape[2] - d * (k - 1) - 1) // s + 1
    out = None
    for t in range(k):
        frames = x[:, :, t * d:t * d + s * (m - 1) + 1:s].transpose(1, 2).flatten(0, 1)
        y = lower(frames, w[:, :, t], None, conv.stride[1:], conv.padding[1:], conv.dilation[1:], conv.groups)
        y = y.unflatten(0, (x.shape[0], m)).transpose(1, 2)
        out = y if out is None else out + y

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv2d)
