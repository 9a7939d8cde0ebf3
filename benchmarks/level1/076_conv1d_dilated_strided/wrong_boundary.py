# wrong: the number of output columns is counted one too low if stride divides the span exactly; the missing last column is zero
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, dilation=1, bias=False):
        super().__init__()
        self.conv1d = nn.Conv1d(in_channels, out_channels, kernel_size, stride=stride, dilation=dilation, bias=bias)

    def forward(self, x):
        conv = self.conv1d
        y = F.conv1d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
        span = x.shape[-1] + 2 * conv.padding[-1] - conv.dilation[-1] * (conv.kernel_size[-1] - 1) - 1
        if span % conv.stride[-1] == 0:
            y = F.pad(y[..., :-1], (0, 1))
        return y
