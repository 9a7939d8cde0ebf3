# wrong: backward only: output rows behind the last full 4 (first spatial axis) give nothing to the weight gradient
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv3d
        y = F.conv3d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        z = F.conv3d(x, conv.weight.detach(), conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        n = y.shape[2] // 4 * 4
        return torch.cat([y[:, :, :n], z[:, :, n:]], 2)
