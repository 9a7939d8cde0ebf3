# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool3d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        # a maximum over a box is the maximum of maxima along each axis
        m = self.pool
        p, span = m.padding, m.dilation * (m.kernel_size - 1) + 1
        y = F.pad(x, (p, p) * 3, value=float("-inf"))
        for axis in (4, 3, 2):
            y = y.unfold(axis, span, m.stride)[..., ::m.dilation].max(-1).values
        return y
