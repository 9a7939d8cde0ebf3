# wrong: only the upper bound is enforced in the rows behind the last full group of 4
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        n = x.shape[0] // 4 * 4
        return torch.cat([x[:n].clamp(-1, 1), x[n:].clamp(max=1)])
