# wrong: in the last, partial tile of 4 along the first spatial axis the last kernel tap of that axis is skipped
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.conv_transpose3d = nn.ConvTranspose3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, bias=bias)

    def forward(self, x):
        conv = self.conv_transpose3d
        y = F.conv_transpose3d(x, conv.weight, conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        w = conv.weight
        mask = torch.ones_like(w)
        mask[:, :, -1] = 0
        z = F.conv_transpose3d(x, w * mask, conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
        n = y.shape[2] // 4 * 4
        return torch.cat([y[:, :, :n], z[:, :, n:]], 2)
