# level 1, problem 44: avg pool 1d
import torch
import torch.nn as nn


BATCH = 64
CHANNELS = 128
LENGTH = 65536
K = 8
STRIDE = 1
PAD = 4


class Model(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool1d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.rand(BATCH, CHANNELS, LENGTH)]


def get_init_inputs():
    return [K, STRIDE, PAD]
