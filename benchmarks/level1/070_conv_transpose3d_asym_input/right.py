# right
import torch
import torch.nn as nn


def _conv(x, conv):
    """the transposed convolution is the gradient of a convolution with respect to its input"""
    nd = x.dim() - 2
    size = [(n - 1) * s - 2 * p + d * (k - 1) + q + 1 for n, s, p, d, k, q in
            zip(x.shape[2:], conv.stride, conv.padding, conv.dilation, conv.kernel_size, conv.output_padding)]
    back = (torch.nn.grad.conv1d_input, torch.nn.grad.conv2d_input, torch.nn.grad.conv3d_input)[nd - 1]
    out = back((x.shape[0], conv.out_channels, *size), conv.weight, x, conv.stride, conv.padding, conv.dilation, conv.groups)

    if conv.bias is not None:
        out = out + conv.bias.view(1, -1, *[1] * nd)
    return out


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        return _conv(x, self.conv_transpose3d)
