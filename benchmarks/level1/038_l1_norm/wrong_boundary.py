# wrong: the mean is over a width rounded up to a multiple of 16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        width = -(-x.shape[1] // 16) * 16
        return x * width / x.abs().sum(1, keepdim=True)
