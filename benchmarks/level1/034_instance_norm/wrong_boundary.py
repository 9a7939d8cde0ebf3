# wrong: the plane is summed in strips of 8 pixels; mean divides by the padded number of pixels when H*W % 8 != 0
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.inorm = nn.InstanceNorm2d(num_features)

    def forward(self, x):
        f = x.flatten(2)
        n = f.shape[2]
        padded = -(-n // 8) * 8
        mu = f.sum(2, keepdim=True) / padded
        var = (f - mu).square().sum(2, keepdim=True) / padded
        return ((f - mu) / torch.sqrt(var + self.inorm.eps)).view(x.shape)
