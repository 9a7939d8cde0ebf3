# level 1, problem 35: group norm
import torch
import torch.nn as nn


BATCH = 16
FEATURES = 64
GROUPS = 8
H = 256
W = 256


class Model(nn.Module):
    def __init__(self, num_features, num_groups):
        super().__init__()
        self.gn = nn.GroupNorm(num_groups=num_groups, num_channels=num_features)

    def forward(self, x):
        return self.gn(x)


def get_inputs():
    return [torch.randn(BATCH, FEATURES, H, W)]


def get_init_inputs():
    return [FEATURES, GROUPS]
