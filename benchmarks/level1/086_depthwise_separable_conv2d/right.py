# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=in_channels, bias=bias)
        self.pointwise = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def forward(self, x):
        # both steps are linear: one dense kernel is made from the two
        dw, pw = self.depthwise, self.pointwise
        mix = pw.weight[:, :, 0, 0]
        dense = mix[:, :, None, None] * dw.weight[:, 0][None]
        bias = None
        if pw.bias is not None:
            bias = pw.bias + mix @ dw.bias
        return F.conv2d(x, dense, bias, dw.stride, dw.padding, dw.dilation)
