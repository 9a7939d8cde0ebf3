# wrong: mean of squares in float16
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.num_features = num_features
        self.eps = eps

    def forward(self, x):
        h = x.half()
        ms = (h * h).mean(1, keepdim=True)
        return x / torch.sqrt(ms.float() + self.eps)
