# wrong: the padding on the far side of the last axis repeats the edge instead of being zero (right without padding)
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=(0, 0), dilation=(1, 1), bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        conv = self.conv2d
        p = conv.padding[-1]
        z = [q for s in reversed(conv.padding) for q in (s, s)]
        z[1] = 0
        x = F.pad(x, z)
        x = torch.cat([x] + [x[..., -1:]] * p, -1)
        return F.conv2d(x, conv.weight, conv.bias, conv.stride, 0, conv.dilation, conv.groups)
