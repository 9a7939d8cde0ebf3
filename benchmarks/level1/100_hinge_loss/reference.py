# level 1, problem 100: hinge loss
import torch
import torch.nn as nn


BATCH = 8192
DIM = 4096


class Model(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return torch.mean(torch.clamp(1 - predictions * targets, min=0))


def get_inputs():
    return [torch.randn(BATCH, DIM), torch.randint(0, 2, (BATCH, 1)).float() * 2 - 1]


def get_init_inputs():
    return []
