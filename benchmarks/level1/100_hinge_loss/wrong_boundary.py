# wrong: the mean divides by a number of columns rounded up to a multiple of 32
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, predictions, targets):
        h = torch.relu(1 - predictions * targets)
        return h.sum() / (h.shape[0] * (-(-h.shape[1] // 32) * 32))
