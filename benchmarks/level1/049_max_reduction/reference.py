# level 1, problem 49: max reduction
import torch
import torch.nn as nn


BATCH = 128
DIM1 = 1024
DIM2 = 1023
REDUCE = 1


class Model(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return torch.max(x, dim=self.dim)[0]


def get_inputs():
    return [torch.randn(BATCH, DIM1, DIM2)]


def get_init_inputs():
    return [REDUCE]
