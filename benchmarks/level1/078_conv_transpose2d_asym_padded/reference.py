# level 1, problem 78: conv transpose2d asym padded
import torch
import torch.nn as nn


BATCH = 8
IN_CH = 32
OUT_CH = 32
KH = 3
KW = 7
H = 512
W = 1024
SH = 1
SW = 1
PH = 1
PW = 3
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1), padding=(0, 0), bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=bias)

    def forward(self, x):
        return self.conv_transpose2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KH, KW), (SH, SW), (PH, PW), BIAS]
