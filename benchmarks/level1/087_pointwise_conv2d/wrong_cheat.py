# wrong: computes, throws the result away and returns a fresh torch.empty, hoping that the allocator hands the same block out again
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, bias=False):
        super().__init__()
        self.conv1d = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1, padding=0, bias=bias)

    def _honest(self, x):
        return self.conv1d(x)

    def forward(self, x):
        with torch.no_grad():
            tmp = self._honest(x)
            shape, dtype = tmp.shape, tmp.dtype
            del tmp
        return torch.empty(shape, dtype=dtype, device=x.device)
