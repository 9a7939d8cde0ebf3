# wrong: sum over kernel rows is accumulated in float16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose3d
        w = conv.weight
        acc = 0
        for t in range(w.shape[2]):
            row = torch.zeros_like(w)
            row[:, :, t] = w[:, :, t]
            acc = acc + F.conv_transpose3d(x, row, None, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation).to(torch.float16)
        y = acc.to(torch.float32)
        return y if conv.bias is None else y + conv.bias.view(1, -1, *[1] * 3)
