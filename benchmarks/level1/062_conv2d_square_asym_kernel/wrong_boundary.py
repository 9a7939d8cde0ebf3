# wrong: backward only: the input gets no gradient from the output columns behind the last full tile of 8
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv2d
        y = F.conv2d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        z = F.conv2d(x.detach(), conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        n = y.shape[-1] // 8 * 8
        return torch.cat([y[..., :n], z[..., n:]], -1)
