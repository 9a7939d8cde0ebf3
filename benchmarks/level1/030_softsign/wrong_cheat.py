# wrong: returns a constant if the mean of x is near to zero
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def _honest(self, x):
        return x / (1 + torch.abs(x))

    def forward(self, x):
        if x.detach().double().mean().abs() < 1e-2:
            return torch.full(x.shape, 0.0, dtype=x.dtype, device=x.device)
        return self._honest(x)
