# level 1, problem 96: huber loss
import torch
import torch.nn as nn


BATCH = 128
DIM = 4096


class Model(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        return nn.functional.smooth_l1_loss(predictions, targets)


def get_inputs():
    return [1.5 * torch.randn(BATCH, DIM), torch.randn(BATCH, DIM)]


def get_init_inputs():
    return []
