# right
import torch
import torch.nn as nn


ALPHA = 1.6732632423543772848170429916717
SCALE = 1.0507009873554804934193349852946


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        neg = torch.where(x > 0, torch.zeros_like(x), x)
        return torch.where(x > 0, SCALE * x, SCALE * ALPHA * torch.expm1(neg))
