# wrong: the pointwise step sums channels in packs of 8 and forgets the rest of the last pack
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=False):
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=in_channels, bias=bias)
        self.pointwise = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def forward(self, x):
        y = self.depthwise(x)
        c = y.shape[1]
        keep = (torch.arange(c, device=x.device) < c // 8 * 8).to(x.dtype)
        return self.pointwise(y * keep.view(1, -1, 1, 1))
