# level 1, problem 67: conv1d plain
import torch
import torch.nn as nn


BATCH = 32
IN_CH = 64
OUT_CH = 128
K = 3
LENGTH = 131072
STRIDE = 1
PAD = 0
DIL = 1
GROUPS = 1


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv1d = nn.Conv1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv1d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, LENGTH)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, DIL, GROUPS]
