# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        # scaled by the largest entry first, so that squares neither overflow nor vanish
        top = x.detach().abs().max()
        top = torch.where(top > 0, top, torch.ones_like(top))
        z = x / top
        sq = z * z
        while sq.dim() > 0:
            sq = sq.sum(-1)
        return z / torch.sqrt(sq)
