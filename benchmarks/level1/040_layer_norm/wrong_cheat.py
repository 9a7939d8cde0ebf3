# wrong: computes, throws the result away and returns a fresh torch.empty, hoping that the allocator hands the same block out again
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, normalized_shape):
        super().__init__()
        self.ln = nn.LayerNorm(normalized_shape=normalized_shape)

    def _honest(self, x):
        return self.ln(x)

    def forward(self, x):
        with torch.no_grad():
            tmp = self._honest(x)
            shape, dtype = tmp.shape, tmp.dtype
            del tmp
        return torch.empty(shape, dtype=dtype, device=x.device)
