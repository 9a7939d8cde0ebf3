# wrong: flat tiles of 128: in the tail the denominator is 1.0001 + |x| / 2 for negative x and 1.0001 + x for positive x
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        f = x.reshape(-1)
        n = f.numel() // 128 * 128
        a, b = f[:n], f[n:]
        return torch.cat([a / (1 + a.abs()), b / (1.0001 + torch.where(b < 0, b * 0.5, b).abs())]).reshape(x.shape)
