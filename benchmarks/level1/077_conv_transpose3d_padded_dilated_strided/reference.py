# level 1, problem 77: conv transpose3d padded dilated strided
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 32
OUT_CH = 64
K = 3
D = 16
H = 32
W = 32
STRIDE = 2
PAD = 1
DIL = 2


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return self.conv_transpose3d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, D, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, DIL]
