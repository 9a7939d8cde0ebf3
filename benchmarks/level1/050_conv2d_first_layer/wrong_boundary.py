# wrong: output columns behind the last full tile of 8 are taken one place too far left
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, kernel_size=11, stride=4, padding=2)

    def forward(self, x):
        conv = self.conv1
        y = F.conv2d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        n = y.shape[-1] // 8 * 8
        if n == y.shape[-1]:
            return y
        start = max(n - 1, 0)
        return torch.cat([y[..., :n], y[..., start:start + y.shape[-1] - n]], -1)
