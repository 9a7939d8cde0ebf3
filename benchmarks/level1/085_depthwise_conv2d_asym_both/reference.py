# level 1, problem 85: depthwise conv2d asym both
import torch
import torch.nn as nn


BATCH = 32
IN_CH = 128
OUT_CH = 128
KH = 3
KW = 7
H = 128
W = 256
SH = 1
SW = 1
PH = 0
PW = 0
DH = 1
DW = 1
GROUPS = 128
BIAS = False


class Model(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size_h, kernel_size_w, stride_h=1, stride_w=1, padding_h=0, padding_w=0, dilation_h=1, dilation_w=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, (kernel_size_h, kernel_size_w), stride=(stride_h, stride_w), padding=(padding_h, padding_w), dilation=(dilation_h, dilation_w), groups=in_channels, bias=bias)

    def forward(self, x):
        return self.conv2d(x)


def get_inputs():
    return [torch.randn(BATCH, IN_CH, H, W)]


def get_init_inputs():
    return [IN_CH, OUT_CH, KH, KW, SH, SW, PH, PW, DH, DW, GROUPS, BIAS]
