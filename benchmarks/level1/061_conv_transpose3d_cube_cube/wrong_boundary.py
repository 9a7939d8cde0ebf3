# wrong: output channels are done in fours; the remaining ones repeat the filter of the last full group
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
        n = max(w.shape[1] // 4 * 4, 1)
        idx = torch.arange(w.shape[1], device=w.device).clamp(max=n - 1)
        return F.conv_transpose3d(x, w.index_select(1, idx), conv.bias, conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation)
