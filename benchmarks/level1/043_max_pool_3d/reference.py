# level 1, problem 43: max pool 3d
import torch
import torch.nn as nn


BATCH = 16
CHANNELS = 32
D1 = 128
D2 = 128
D3 = 128
K = 3
STRIDE = 2
PAD = 1
DIL = 3


class Model(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool3d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.randn(BATCH, CHANNELS, D1, D2, D3)]


def get_init_inputs():
    return [K, STRIDE, PAD, DIL]
