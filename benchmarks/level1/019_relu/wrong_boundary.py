# wrong: vectors of 4 elements: the numel % 4 last elements are passed through without clipping
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        flat = x.reshape(-1)
        n = flat.numel() // 4 * 4
        return torch.cat([flat[:n].clamp(min=0), flat[n:]]).reshape(x.shape)
