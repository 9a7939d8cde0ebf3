# wrong: output is cached by data_ptr of the inputs: stale after an in-place change or memory reuse
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self._seen = {}

    def _honest(self, x):
        return torch.log_softmax(x, dim=1)

    def forward(self, x):
        key = tuple(t.data_ptr() for t in (x,))
        if key not in self._seen:
            self._seen[key] = self._honest(x)
        return self._seen[key]
