# level 1, problem 80: conv2d asym kernel dilated padded
import torch
import torch.nn as nn


BATCH = 8
IN_CH = 32
OUT_CH = 64
KH = 5
KW = 9
SIZE = 512
STRIDE = 1
PH = 2
PW = 4
DH = 2
DW = 3
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=(0, 0), dilation=(1, 1), bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return self.conv2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, SIZE, SIZE)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KH, KW), STRIDE, (PH, PW), (DH, DW), BIAS]
