# level 1, problem 20: leaky relu
import torch
import torch.nn as nn


BATCH = 16
DIM = 16384
SLOPE = 0.01


class Model(nn.Module):
    def __init__(self, negative_slope=0.01):
        super().__init__()
        self.slope = negative_slope

    def forward(self, x):
        return nn.functional.leaky_relu(x, negative_slope=self.slope)


def get_inputs():
    return [torch.randn(BATCH, DIM)]


def get_init_inputs():
    return [SLOPE]
