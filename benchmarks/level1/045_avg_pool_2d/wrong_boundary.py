# wrong: uses ceil mode semantics at the lower edge: if (H + 2 pad - K) % stride != 0 the last output row is averaged from rows shifted to the end
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        m = self.pool
        y = self.pool(x)
        k, s, p = m.kernel_size, m.stride, m.padding
        rest = (x.shape[2] + 2 * p - k) % s
        if rest:
            xp = F.pad(x, (p, p, p, p))
            last = F.avg_pool2d(xp[:, :, -k:], k, s)
            y = torch.cat([y[:, :, :-1], last], 2)
        return y
