# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, negative_slope=0.01):
        super().__init__()
        self.slope = negative_slope

    def forward(self, x):
        # 0.5 (1 + s) x + 0.5 (1 - s) |x| would lose infinities; a mask does not
        factor = torch.where(x > 0, torch.ones_like(x), torch.full_like(x, self.slope))
        return x * factor
