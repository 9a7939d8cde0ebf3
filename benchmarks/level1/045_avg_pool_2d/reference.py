# level 1, problem 45: avg pool 2d
import torch
import torch.nn as nn


BATCH = 16
CHANNELS = 64
H = 1024
W = 1024
K = 11
STRIDE = 11
PAD = 0


class Model(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.rand(BATCH, CHANNELS, H, W)]


def get_init_inputs():
    return [K, STRIDE, PAD]
