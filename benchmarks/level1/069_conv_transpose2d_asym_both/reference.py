# level 1, problem 69: conv transpose2d asym both
import torch
import torch.nn as nn


BATCH = 64
IN_CH = 64
OUT_CH = 128
KH = 3
KW = 5
H = 128
W = 256
STRIDE = 1
PAD = 0
OPAD = 0
DIL = 1
GROUPS = 1
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, (KH, KW), STRIDE, PAD, OPAD, DIL, GROUPS, BIAS]
