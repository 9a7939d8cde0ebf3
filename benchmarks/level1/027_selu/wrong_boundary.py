# wrong: in the last row group (BATCH % 8 rows) the outer scale is left off
import torch
import torch.nn as nn


ALPHA = 1.6732632423543772848170429916717
SCALE = 1.0507009873554804934193349852946


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        neg = torch.where(x > 0, torch.zeros_like(x), x)
        y = torch.where(x > 0, x, ALPHA * torch.expm1(neg))
        n = x.shape[0] // 8 * 8
        return torch.cat([y[:n] * SCALE, y[n:]])
