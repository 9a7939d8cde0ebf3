# wrong: partial sums over blocks of input channels are added in bfloat16
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=(1, 1), padding=(0, 0), bias=False):
        super().__init__()
        self.conv_transpose2d = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose2d
        w = conv.weight
        c = w.shape[0]
        acc = 0
        for k in range(0, c, 2):
            m = ((torch.arange(c, device=w.device) // 2) == k // 2).to(w.dtype)
            acc = acc + F.conv_transpose2d(x, w * m.view(-1, 1, *[1] * 2), None, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation).bfloat16()
        y = acc.float()
        return y if conv.bias is None else y + conv.bias.view(1, -1, *[1] * 2)
