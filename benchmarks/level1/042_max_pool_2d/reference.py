# level 1, problem 42: max pool 2d
import torch
import torch.nn as nn


BATCH = 32
CHANNELS = 64
H = 512
W = 512
K = 4
STRIDE = 1
PAD = 1
DIL = 1


class Model(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool2d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.randn(BATCH, CHANNELS, H, W)]


def get_init_inputs():
    return [K, STRIDE, PAD, DIL]
