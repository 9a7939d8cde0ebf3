# wrong: channel mix in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, bias=False):
        super().__init__()
        self.conv1d = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1, padding=0, bias=bias)

    def forward(self, x):
        c = self.conv1d
        y = torch.einsum("oc,bchw->bohw", c.weight[:, :, 0, 0].half(), x.half()).float()
        return y if c.bias is None else y + c.bias[:, None, None]
