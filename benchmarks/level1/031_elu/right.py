# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        below = torch.where(x > 0, torch.zeros_like(x), x)
        return torch.where(x > 0, x, self.alpha * (torch.exp(0.5 * below) + 1) * torch.expm1(0.5 * below))
