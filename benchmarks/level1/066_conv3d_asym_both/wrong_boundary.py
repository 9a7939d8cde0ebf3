# wrong: in the last, partial tile of 4 along the first spatial axis the last kernel tap of that axis is skipped
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
        w = conv.weight
        mask = torch.ones_like(w)
        mask[:, :, -1] = 0
        z = F.conv3d(x, w * mask, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        n = y.shape[2] // 4 * 4
        return torch.cat([y[:, :, :n], z[:, :, n:]], 2)
