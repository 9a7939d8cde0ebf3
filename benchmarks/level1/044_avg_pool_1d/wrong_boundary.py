# wrong: windows that reach into the padding divide by the number of real elements instead of K (right without padding)
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool1d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        k, s, p = (v[0] if isinstance(v, tuple) else v for v in (self.pool.kernel_size, self.pool.stride, self.pool.padding))
        return F.avg_pool1d(x, k, s, p, count_include_pad=False)
