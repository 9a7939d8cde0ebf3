# wrong: output columns behind the last full tile of 16 are taken one place too far left
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv1d = nn.Conv1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv1d
        y = F.conv1d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        n = y.shape[-1] // 16 * 16
        if n == y.shape[-1]:
            return y
        start = max(n - 1, 0)
        return torch.cat([y[..., :n], y[..., start:start + y.shape[-1] - n]], -1)
