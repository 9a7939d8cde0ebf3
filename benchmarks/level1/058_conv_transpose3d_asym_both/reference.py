# level 1, problem 58: conv transpose3d asym both
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 32
OUT_CH = 16
KD = 3
KH = 5
KW = 7
D = 16
H = 32
W = 64
STRIDE = 1
PAD = 0
OPAD = 0
GROUPS = 1


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose3d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, D, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KD, KH, KW), STRIDE, PAD, OPAD, GROUPS]
