# wrong: pixels are taken in flat tiles of 32; the H*W % 32 last ones keep the values of channel sums (weights of one)
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, in_channels, out_channels, bias=False):
        super().__init__()
        self.conv1d = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1, padding=0, bias=bias)

    def forward(self, x):
        c = self.conv1d
        w = c.weight.flatten(1)
        f = x.flatten(2)
        n = f.shape[2] // 32 * 32
        y = torch.cat([w @ f[:, :, :n], torch.ones_like(w) @ f[:, :, n:]], 2)
        if c.bias is not None:
            y = y + c.bias[:, None]
        return y.view(x.shape[0], -1, *x.shape[2:])
