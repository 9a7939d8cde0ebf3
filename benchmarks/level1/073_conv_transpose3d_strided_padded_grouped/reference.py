# level 1, problem 73: conv transpose3d strided padded grouped
import torch
import torch.nn as nn


BATCH = 4
IN_CH = 32
OUT_CH = 32
K = 3
D = 32
H = 64
W = 128
STRIDE = 2
PAD = 1
GROUPS = 4


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose3d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, D, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, GROUPS]
