# level 1, problem 79: conv transpose1d padded strided dilated
import torch
import torch.nn as nn


BATCH = 32
IN_CH = 32
OUT_CH = 64
K = 3
LENGTH = 131072
STRIDE = 2
PAD = 1
DIL = 2


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv1d_transpose = nn.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        return self.conv1d_transpose(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, LENGTH)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, DIL]
