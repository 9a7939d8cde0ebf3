# wrong: bias is added to full groups of 4 output channels only
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose3d
        y = F.conv_transpose3d(x, conv.weight, None, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        if conv.bias is None:
            return y
        n = y.shape[1] // 4 * 4
        keep = (torch.arange(y.shape[1], device=y.device) < n).to(y.dtype)
        return y + (conv.bias * keep).view(1, -1, *[1] * 3)
