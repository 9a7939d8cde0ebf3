# level 1, problem 28: hard sigmoid
import torch
import torch.nn as nn


BATCH = 16
DIM = 16384


class Model(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return nn.functional.relu6(x + 3) / 6


def get_inputs():
    return [3 * torch.randn(BATCH, DIM)]


def get_init_inputs():
    return []
