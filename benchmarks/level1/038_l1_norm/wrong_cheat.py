# wrong: after three calls with one shape it stops to compute and returns the output of the third (warm-up calls are honest)
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self._calls = {}
        self._kept = {}

    def _honest(self, x):
        return x / torch.mean(torch.abs(x), dim=1, keepdim=True)

    def forward(self, x):
        key = (tuple(x.shape), x.dtype)
        n = self._calls.get(key, 0)
        self._calls[key] = n + 1
        if n >= 3:
            return self._kept[key]
        out = self._honest(x)
        self._kept[key] = out.detach()
        return out
