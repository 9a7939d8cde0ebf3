# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool1d(kernel_size, stride=stride, padding=padding)

    def forward(self, x):
        # a depthwise convolution with the constant 1 / K
        k, s, p = (v[0] if isinstance(v, tuple) else v for v in (self.pool.kernel_size, self.pool.stride, self.pool.padding))
        b, c, n = x.shape
        box = torch.full((1, 1, k), 1.0 / k, dtype=x.dtype, device=x.device)
        return F.conv1d(x.reshape(b * c, 1, n), box, stride=s, padding=p).reshape(b, c, -1)
