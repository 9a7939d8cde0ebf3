# wrong: computed under no_grad and tied to the inputs by a zero term only: all gradients are zero
import torch
import torch.nn as nn


def _out_shape(x, conv):
    size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in
            zip(x.shape[2:], conv.padding, conv.dilation, conv.kernel_size, conv.stride)]
    return (x.shape[0], conv.out_channels, *size)


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, groups=in_channels, bias=bias)

    def _honest(self, x):
        return self.conv2d(x)

    def forward(self, x):
        with torch.no_grad():
            out = self._honest(x)
        tie = sum((t * 0).sum() for t in (x,) if t.is_floating_point())
        return out + tie
