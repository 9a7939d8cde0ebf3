# wrong: the last DIM % 32 columns get slope 0
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, negative_slope=0.01):
        super().__init__()
        self.slope = negative_slope

    def forward(self, x):
        d = x.shape[-1] // 32 * 32
        head, tail = x[..., :d], x[..., d:]
        return torch.cat([torch.where(head > 0, head, head * self.slope), tail.clamp(min=0)], -1)
