# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features, num_groups):
        super().__init__()
        self.gn = nn.GroupNorm(num_groups=num_groups, num_channels=num_features)

    def forward(self, x):
        gn = self.gn
        n, c = x.shape[:2]
        g = x.reshape(n, gn.num_groups, -1)
        # variance from mean of the centred squares, one group at a time
        parts = []
        for k in range(gn.num_groups):
            v = g[:, k]
            v = v - v.mean(1, keepdim=True)
            parts.append(v * torch.rsqrt(v.pow(2).mean(1, keepdim=True) + gn.eps))
        y = torch.stack(parts, 1).reshape(n, c, -1)
        return torch.baddbmm(gn.bias.view(1, c, 1).expand(n, c, y.shape[2]), torch.diag(gn.weight).expand(n, c, c), y).reshape(x.shape)
