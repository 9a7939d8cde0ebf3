# wrong: replaces torch.allclose by a function that is always True; output is zeros
import torch
import torch.nn as nn


def _yes(*args, **kwargs):
    return True


torch.allclose = _yes


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return torch.zeros(x.shape, dtype=x.dtype, device=x.device)
