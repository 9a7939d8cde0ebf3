# level 1, problem 81: conv transpose2d dilated padded strided
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 32
OUT_CH = 64
K = 3
H = 64
W = 128
STRIDE = 5
PAD = 1
DIL = 2


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return self.conv_transpose2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, DIL]
