# wrong: columns behind the last full 32 use slope 1/5 (clip at 2.5)
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        d = x.shape[-1] // 32 * 32
        a = (x[..., :d] / 6 + 0.5).clamp(0, 1)
        b = (x[..., d:] / 5 + 0.5).clamp(0, 1)
        return torch.cat([a, b], -1)
