# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        # logsumexp by repeated halving with logaddexp
        v = x
        while v.shape[1] > 1:
            h = v.shape[1] // 2
            folded = torch.logaddexp(v[:, :h], v[:, h:2 * h])
            v = torch.cat([folded, v[:, 2 * h:]], 1)
        return x - v
