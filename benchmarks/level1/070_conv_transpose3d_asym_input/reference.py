# level 1, problem 70: conv transpose3d asym input
import torch
import torch.nn as nn


BATCH = 8
IN_CH = 48
OUT_CH = 24
K = 3
D = 96
H = 96
W = 96
STRIDE = 1
PAD = 0
OPAD = 0
DIL = 1
GROUPS = 1
BIAS = True


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose3d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, D, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, OPAD, DIL, GROUPS, BIAS]
