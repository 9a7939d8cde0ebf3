# level 1, problem 83: depthwise conv2d square column kernel
import torch
import torch.nn as nn


BATCH = 64
IN_CH = 8
K = 3
SIZE = 512
STRIDE = 1
PAD = 0
DIL = 1
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, in_channels, (kernel_size, 1), stride=stride, padding=padding, dilation=dilation, groups=in_channels, bias=bias)

    def forward(self, x):
        return self.conv2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, SIZE, SIZE)]


def get_init_inputs():
    return [IN_CH, K, STRIDE, PAD, DIL, BIAS]
