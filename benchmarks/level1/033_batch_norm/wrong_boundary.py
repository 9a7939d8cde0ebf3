# wrong: statistics ignore the last BATCH % 4 samples
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.bn = nn.BatchNorm2d(num_features)

    def forward(self, x):
        dims = (0, 2, 3)
        bn = self.bn
        if self.training:
            part = x[:max(x.shape[0] // 4 * 4, 1)]
            mean = part.mean(dims)
            var = part.var(dims, unbiased=False)
            with torch.no_grad():
                n = x.numel() // x.shape[1]
                bn.num_batches_tracked += 1
                bn.running_mean.mul_(1 - bn.momentum).add_(bn.momentum * mean)
                bn.running_var.mul_(1 - bn.momentum).add_(bn.momentum * var * n / max(n - 1, 1))
        else:
            mean, var = bn.running_mean, bn.running_var
        scale = bn.weight / torch.sqrt(var + bn.eps)
        return x * scale.view(1, -1, 1, 1) + (bn.bias - mean * scale).view(1, -1, 1, 1)
