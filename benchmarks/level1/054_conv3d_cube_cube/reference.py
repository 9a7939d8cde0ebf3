# level 1, problem 54: conv3d cube cube
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 3
OUT_CH = 64
K = 3
SIZE = 64
STRIDE = 1
PAD = 0
DIL = 1
GROUPS = 1


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return self.conv3d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, SIZE, SIZE, SIZE)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, DIL, GROUPS]
