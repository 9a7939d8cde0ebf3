# wrong: samples are processed in pairs; an odd last sample is computed from the sample before it
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose2d
        b = x.shape[0]
        if b % 2 and b > 1:
            x = torch.cat([x[:-1], x[-2:-1]])
        elif b % 2:
            x = x.flip(-1)
        return F.conv_transpose2d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
