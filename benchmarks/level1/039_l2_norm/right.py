# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        sq = torch.zeros_like(x[:, :1])
        for j in range(0, x.shape[1], 512):
            blk = x[:, j:j + 512]
            sq = sq + torch.bmm(blk.unsqueeze(1), blk.unsqueeze(2)).squeeze(2)
        return x * sq.rsqrt()
