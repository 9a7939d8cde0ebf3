# wrong: the last axis is produced up to length * stride - padding only; what the kernel reaches beyond stays zero (right if dilation * (kernel - 1) < stride)
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv1d_transpose = nn.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        conv = self.conv1d_transpose
        y = F.conv_transpose1d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        n = max(min(y.shape[-1], x.shape[-1] * conv.stride[-1] - conv.padding[-1]), 0)
        return F.pad(y[..., :n], (0, y.shape[-1] - n))
