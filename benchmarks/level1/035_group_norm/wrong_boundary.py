# wrong: statistics of a group are taken over whole rows of 4 pixels: when W % 4 != 0 the right edge is left out of mean and variance
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features, num_groups):
        super().__init__()
        self.gn = nn.GroupNorm(num_groups=num_groups, num_channels=num_features)

    def forward(self, x):
        gn = self.gn
        n, c, h, w = x.shape
        w4 = max(w // 4 * 4, 1)
        g = x.reshape(n, gn.num_groups, -1, w)
        part = g[..., :w4]
        mu = part.mean((2, 3), keepdim=True)
        var = part.var((2, 3), unbiased=False, keepdim=True)
        y = ((g - mu) / torch.sqrt(var + gn.eps)).reshape(x.shape)
        return y * gn.weight.view(1, -1, 1, 1) + gn.bias.view(1, -1, 1, 1)
