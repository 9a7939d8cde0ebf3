# wrong: block-wise sum of squares over 256 elements drops the flat tail
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        f = x.reshape(-1)
        n = max(f.numel() // 256 * 256, 1)
        return x / f[:n].square().sum().sqrt()
