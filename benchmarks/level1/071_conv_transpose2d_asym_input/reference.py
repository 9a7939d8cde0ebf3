# level 1, problem 71: conv transpose2d asym input
import torch
import torch.nn as nn


BATCH = 8
IN_CH = 32
OUT_CH = 32
K = 3
H = 512
W = 1024
STRIDE = 1
PAD = 0
OPAD = 0
GROUPS = 1


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv_transpose2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, OPAD, GROUPS]
