# level 1, problem 87: pointwise conv2d
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 64
OUT_CH = 128
H = 1024
W = 1024
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, bias=False):
        super().__init__()
        self.conv1d = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1, padding=0, bias=bias)

    def forward(self, x):
        return self.conv1d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, BIAS]
