# level 1, problem 40: layer norm
import torch
import torch.nn as nn


BATCH = 16
FEATURES = 64
H = 256
W = 256


class Model(nn.Module):
    def __init__(self, normalized_shape):
        super().__init__()
        self.ln = nn.LayerNorm(normalized_shape=normalized_shape)

    def forward(self, x):
        return self.ln(x)


def get_inputs():
    return [torch.randn(BATCH, FEATURES, H, W)]


def get_init_inputs():
    return [(FEATURES, H, W)]
