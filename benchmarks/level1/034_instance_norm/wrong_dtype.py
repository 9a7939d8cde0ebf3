# wrong: mean and deviation in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.inorm = nn.InstanceNorm2d(num_features)

    def forward(self, x):
        h = x.half()
        c = h - h.mean((2, 3), keepdim=True)
        v = (c * c).mean((2, 3), keepdim=True)
        return (c.float() / torch.sqrt(v.float() + self.inorm.eps))
