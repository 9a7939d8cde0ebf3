# wrong: the last tap along the depth is skipped where the output depth index is past the last full 4
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.pool = nn.MaxPool3d(kernel_size, stride=stride, padding=padding, dilation=dilation)

    def forward(self, x):
        m = self.pool
        y = self.pool(x)
        n = y.shape[2] // 4 * 4
        k = m.kernel_size
        if k < 2 or n == y.shape[2]:
            return y
        p, d = m.padding, m.dilation
        xp = F.pad(x, (p, p) * 3, value=float("-inf"))
        z = F.max_pool3d(xp[:, :, :xp.shape[2] - d], (k - 1, k, k), m.stride, 0, d)[:, :, :y.shape[2]]
        return torch.cat([y[:, :, :n], z[:, :, n:]], 2)
