# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool3d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        # separable: three means along one axis each
        m = self.pool
        p = m.padding
        y = F.pad(x, (p, p) * 3)
        for axis in (2, 3, 4):
            y = y.unfold(axis, m.kernel_size, m.stride).sum(-1) / m.kernel_size
        return y
