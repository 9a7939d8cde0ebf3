# level 1, problem 72: conv transpose3d asym strided padded grouped
import torch
import torch.nn as nn


BATCH = 8
IN_CH = 32
OUT_CH = 32
KD = 3
KH = 5
KW = 7
D = 12
H = 24
W = 48
SD = 2
SH = 2
SW = 2
PD = 1
PH = 2
PW = 3
OD = 1
OH = 1
OW = 1
GROUPS = 4
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1, 1), padding=(0, 0, 0), output_padding=(0, 0, 0), groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose3d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, D, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KD, KH, KW), (SD, SH, SW), (PD, PH, PW), (OD, OH, OW), GROUPS, BIAS]
