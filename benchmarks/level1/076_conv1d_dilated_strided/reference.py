# level 1, problem 76: conv1d dilated strided
import torch
import torch.nn as nn


BATCH = 64
IN_CH = 64
OUT_CH = 128
K = 3
LENGTH = 524280
STRIDE = 3
DIL = 4
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, dilation=1, bias=False):
        super().__init__()
        self.conv1d = nn.Conv1d(in_channels, out_channels, kernel_size, stride=stride, dilation=dilation, bias=bias)

    def forward(self, x):
        return self.conv1d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, LENGTH)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, DIL, BIAS]
