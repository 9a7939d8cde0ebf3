# right
import torch
import torch.nn as nn
import torch.nn.functional as F


def _conv(x, conv):
    """columns gathered by an explicit index table, then a batched matrix product per group"""
    w, g, nd = conv.weight, conv.groups, x.dim() - 2
    b, c, o = x.shape[0], x.shape[1], w.shape[0]
    x = F.pad(x, [p for q in reversed(conv.padding) for p in (q, q)])
    flat = torch.zeros(1, 1, dtype=torch.long, device=x.device)
    size = []
    for i in range(nd):
        k, d, s, n = w.shape[2 + i], conv.dilation[i], conv.stride[i], x.shape[2 + i]
        m = (n - d * (k - 1) - 1) // s + 1
        size.append(m)
        pos = torch.arange(k, device=x.device)[:, None] * d + torch.arange(m, device=x.device)[None, :] * s
        flat = (flat[:, None, :, None] * n + pos[None, :, None, :]).reshape(flat.shape[0] * k, flat.shape[1] * m)
    cols = x.flatten(2)[:, :, flat.reshape(-1)].reshape(b, g, c // g * flat.shape[0], flat.shape[1])
    out = torch.matmul(w.reshape(1, g, o // g, -1), cols).reshape(b, o, *size)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv2d)
