# wrong: input and weight are convolved in bfloat16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv1d_transpose = nn.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        conv = self.conv1d_transpose
        y = F.conv_transpose1d(x.bfloat16(), conv.weight.bfloat16(), None, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation).float()
        return y if conv.bias is None else y + conv.bias.view(1, -1, *[1] * 1)
