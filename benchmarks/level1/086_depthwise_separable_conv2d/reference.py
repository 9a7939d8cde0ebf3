# level 1, problem 86: depthwise separable conv2d
import torch
import torch.nn as nn


BATCH = 16
IN_CH = 64
OUT_CH = 128
K = 3
H = 512
W = 512
STRIDE = 1
PAD = 1
DIL = 1
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=in_channels, bias=bias)
        self.pointwise = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, K, STRIDE, PAD, DIL, BIAS]
