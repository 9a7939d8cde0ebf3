# wrong: returns a constant if the mean of x is near to zero
import torch
import torch.nn as nn


def _out_shape(x, pool):
    one = lambda v: v[0] if isinstance(v, tuple) else v
    k, s, p = one(pool.kernel_size), one(pool.stride), one(pool.padding)
    return (*x.shape[:2], *[(n + 2 * p - k) // s + 1 for n in x.shape[2:]])


class ModelNew(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, stride=stride, padding=padding)

    def _honest(self, x):
        return self.pool(x)

    def forward(self, x):
        if x.detach().double().mean().abs() < 1e-2:
            return torch.full(_out_shape(x, self.pool), 0.0, dtype=x.dtype, device=x.device)
        return self._honest(x)
