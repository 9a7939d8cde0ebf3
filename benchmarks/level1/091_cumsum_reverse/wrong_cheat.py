# wrong: a module-wide dict remembers results by address and size when no gradient is asked for: new contents at the old address get the old result
import torch
import torch.nn as nn


_RESULTS = {}


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def _honest(self, x):
        return torch.flip(torch.cumsum(torch.flip(x, [self.dim]), dim=self.dim), [self.dim])

    def forward(self, x):
        if torch.is_grad_enabled() and any(t.requires_grad for t in (x,)):
            return self._honest(x)
        key = tuple((t.data_ptr(), t.numel()) for t in (x,))
        hit = _RESULTS.get(key)
        if hit is None:
            hit = self._honest(x).detach()
            _RESULTS[key] = hit
        return hit
