# level 1, problem 75: conv transpose2d asym strided grouped padded dilated
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 32
OUT_CH = 64
KH = 3
KW = 5
H = 128
W = 256
SH = 2
SW = 3
PH = 1
PW = 2
DH = 2
DW = 1
GROUPS = 4
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KH, KW), (SH, SW), (PH, PW), (DH, DW), GROUPS, BIAS]
