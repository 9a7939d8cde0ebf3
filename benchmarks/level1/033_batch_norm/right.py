# right
import torch
import torch.nn as nn


def _merge(a, b):
    """Chan's rule for (count, mean, sum of squared deviations)"""
    n = a[0] + b[0]
    d = b[1] - a[1]
    return n, a[1] + d * (b[0] / n), a[2] + b[2] + d * d * (a[0] * b[0] / n)


def _stats(x):
    state = None
    for sample in x:
        flat = sample.flatten(1)
        mu = flat.mean(1)
        here = (flat.shape[1], mu, (flat - mu[:, None]).pow(2).sum(1))
        state = here if state is None else _merge(state, here)
    return state[1], state[2] / state[0]


class ModelNew(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.bn = nn.BatchNorm2d(num_features)

    def forward(self, x):
        dims = (0, 2, 3)
        bn = self.bn
        if self.training:
            mean, var = _stats(x)
            with torch.no_grad():
                n = x.numel() // x.shape[1]
                bn.num_batches_tracked += 1
                bn.running_mean.mul_(1 - bn.momentum).add_(bn.momentum * mean)
                bn.running_var.mul_(1 - bn.momentum).add_(bn.momentum * var * n / max(n - 1, 1))
        else:
            mean, var = bn.running_mean, bn.running_var
        scale = bn.weight / torch.sqrt(var + bn.eps)
        return x * scale.view(1, -1, 1, 1) + (bn.bias - mean * scale).view(1, -1, 1, 1)
