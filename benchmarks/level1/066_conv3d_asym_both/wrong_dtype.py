# wrong: partial sums over blocks of input channels are added in bfloat16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv3d
        w = conv.weight
        c = w.shape[1]
        acc = 0
        for k in range(0, c, 2):
            m = ((torch.arange(c, device=w.device) // 2) == k // 2).to(w.dtype)
            acc = acc + F.conv3d(x, w * m.view(1, -1, *[1] * 3), None, conv.stride, conv.padding, conv.dilation, conv.groups).bfloat16()
        y = acc.float()
        return y if conv.bias is None else y + conv.bias.view(1, -1, *[1] * 3)
