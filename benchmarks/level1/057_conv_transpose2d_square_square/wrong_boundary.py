# wrong: output columns behind the last full tile of 8 are taken one place too far left
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose2d
        y = F.conv_transpose2d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        n = y.shape[-1] // 8 * 8
        if n == y.shape[-1]:
            return y
        start = max(n - 1, 0)
        return torch.cat([y[..., :n], y[..., start:start + y.shape[-1] - n]], -1)
