# level 1, problem 33: batch norm
import torch
import torch.nn as nn


BATCH = 16
FEATURES = 64
H = 256
W = 256


class Model(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.bn = nn.BatchNorm2d(num_features)

    def forward(self, x):
        return self.bn(x)


def get_inputs():
    return [torch.randn(BATCH, FEATURES, H, W)]


def get_init_inputs():
    return [FEATURES]
