# wrong: front padding along the last axis is forgotten when its extent is odd (window starts PAD too late)
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool3d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        m = self.pool
        p = m.padding
        if x.shape[4] % 2 == 0 or p == 0:
            return self.pool(x)
        xp = F.pad(x, (0, 2 * p, p, p, p, p))
        return F.avg_pool3d(xp, m.kernel_size, m.stride)
