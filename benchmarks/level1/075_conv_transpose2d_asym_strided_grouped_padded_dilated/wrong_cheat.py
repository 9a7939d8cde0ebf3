# wrong: x is detached on the way in, so its gradient is missing
import torch
import torch.nn as nn


def _out_shape(x, conv):
    size = [(n - 1) * s - 2 * p + d * (k - 1) + q + 1 for n, p, d, k, s, q in
            zip(x.shape[2:], conv.padding, conv.dilation, conv.kernel_size, conv.stride, conv.output_padding)]
    return (x.shape[0], conv.out_channels, *size)


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def _honest(self, x):
        return self.conv_transpose2d(x)

    def forward(self, x):
        x = x.detach()
        out = self._honest(x)
        if not out.requires_grad:
            out.requires_grad_()
        return out
