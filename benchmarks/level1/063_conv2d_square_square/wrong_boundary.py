# wrong: input channels are summed in packs of 4, the rest of the pack at the end is not added
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv2d
        w = conv.weight
        c = w.shape[1]
        keep = (torch.arange(c, device=w.device) < c // 4 * 4).to(w.dtype)
        return F.conv2d(x, w * keep.view(1, -1, *[1] * 2), conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
