# wrong: backward only: output rows behind the last full 4 (first spatial axis) give nothing to the weight gradient
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose3d
        y = F.conv_transpose3d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        z = F.conv_transpose3d(x, conv.weight.detach(), conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        n = y.shape[2] // 4 * 4
        return torch.cat([y[:, :, :n], z[:, :, n:]], 2)
