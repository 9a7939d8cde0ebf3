# level 1, problem 41: max pool 1d
import torch
import torch.nn as nn


BATCH = 64
FEATURES = 192
LENGTH = 65536
K = 8
STRIDE = 1
PAD = 4
DIL = 3


class Model(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool1d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.randn(BATCH, FEATURES, LENGTH)]


def get_init_inputs():
    return [K, STRIDE, PAD, DIL]
