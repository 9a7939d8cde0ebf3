# right
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        # the first place where the running maximum has its final value
        v = x.movedim(self.dim, -1)
        hit = v == v.amax(-1, keepdim=True)
        n = v.shape[-1]
        place = torch.arange(n, device=x.device).expand_as(hit)
        return torch.where(hit, place, torch.full_like(place, n)).amin(-1).clamp(max=n - 1)
