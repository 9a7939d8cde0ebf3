# wrong: normalised values are stored in bfloat16 before the affine part
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, num_features, num_groups):
        super().__init__()
        self.gn = nn.GroupNorm(num_groups=num_groups, num_channels=num_features)

    def forward(self, x):
        gn = self.gn
        y = F.group_norm(x, gn.num_groups, eps=gn.eps).bfloat16().float()
        return y * gn.weight.view(1, -1, 1, 1) + gn.bias.view(1, -1, 1, 1)
