# wrong: channels are read in fours; squares of the FEATURES % 4 last channels are missing in the mean
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.num_features = num_features
        self.eps = eps

    def forward(self, x):
        c = x.shape[1] // 4 * 4
        ms = x[:, :c].square().sum(1, keepdim=True) / x.shape[1]
        return x * torch.rsqrt(ms + self.eps)
