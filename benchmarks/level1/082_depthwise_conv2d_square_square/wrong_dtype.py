# wrong: input and weight are convolved in bfloat16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, kernel_size, stride=1, padding=0, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, in_channels, kernel_size, stride=stride, padding=padding, groups=in_channels, bias=bias)

    def forward(self, x):
        conv = self.conv2d
        y = F.conv2d(x.bfloat16(), conv.weight.bfloat16(), None, conv.stride, conv.padding, conv.dilation, conv.groups).float()
        return y if conv.bias is None else y + conv.bias.view(1, -1, *[1] * 2)
