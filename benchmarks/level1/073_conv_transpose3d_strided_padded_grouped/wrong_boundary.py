# wrong: padding is cut one too few in front and one too many behind along the last axis (right without padding)
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose3d
        p = conv.padding[-1]
        y = F.conv_transpose3d(x, conv.weight, conv.bias, conv.stride, (*conv.padding[:-1], 0), conv.output_padding, conv.groups, conv.dilation)
        n = y.shape[-1]
        lo = p - 1 if p else 0
        return y[..., lo:lo + n - 2 * p]
