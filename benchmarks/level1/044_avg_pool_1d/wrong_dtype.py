# wrong: window sums are accumulated in float16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool1d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        k, s, p = (v[0] if isinstance(v, tuple) else v for v in (self.pool.kernel_size, self.pool.stride, self.pool.padding))
        win = F.pad(x, (p, p)).unfold(2, k, s)
        acc = torch.zeros(win.shape[:-1], dtype=torch.float16, device=x.device)
        for t in range(k):
            acc = acc + win[..., t].half()
        return acc.float() / k
