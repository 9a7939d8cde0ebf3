# level 1, problem 64: conv transpose1d
import torch
import torch.nn as nn


BATCH = 64
IN_CH = 128
OUT_CH = 128
K = 3
LENGTH = 65536
STRIDE = 1
PAD = 0
OPAD = 0
GROUPS = 1


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv1d_transpose = nn.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv1d_transpose(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, LENGTH)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, OPAD, GROUPS]
