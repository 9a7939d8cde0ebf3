# wrong: output channels are done in fours; the remaining ones repeat the filter of the last full group
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False):
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)

    def forward(self, x):
        conv = self.conv2d
        w = conv.weight
        n = max(w.shape[0] // 4 * 4, 1)
        idx = torch.arange(w.shape[0], device=w.device).clamp(max=n - 1)
        return F.conv2d(x, w.index_select(0, idx), conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)
