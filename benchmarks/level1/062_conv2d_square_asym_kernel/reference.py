# level 1, problem 62: conv2d square asym kernel
import torch
import torch.nn as nn


BATCH = 8
IN_CH = 32
OUT_CH = 64
KH = 5
KW = 9
SIZE = 512
STRIDE = 1
PAD = 0
DIL = 1
GROUPS = 1


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, SIZE, SIZE)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KH, KW), STRIDE, PAD, DIL, GROUPS]
