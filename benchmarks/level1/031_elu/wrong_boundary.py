# wrong: alpha is taken as 1.25 alpha in the columns of the last, partial tile of 64
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        d = x.shape[-1] // 64 * 64
        a = torch.full((x.shape[-1],), float(self.alpha), dtype=x.dtype, device=x.device)
        a[d:] *= 1.25
        below = torch.minimum(x, torch.zeros_like(x))
        return torch.where(x > 0, x, a * torch.expm1(below))
