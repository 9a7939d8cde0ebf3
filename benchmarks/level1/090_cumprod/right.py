# right
import torch
import torch.nn as nn
import torch.nn.functional as F


class ModelNew(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        # block scan: products inside blocks by doubling, then the running product of the block totals in front
        v = x.movedim(self.dim, -1)
        n, size = v.shape[-1], 64
        v = F.pad(v, (0, -n % size), value=1.0).unflatten(-1, (-1, size))
        step = 1
        while step < size:
            v = torch.cat([v[..., :step], v[..., step:] * v[..., :-step]], -1)
            step *= 2
        lead = [torch.ones_like(v[..., 0, 0])]
        for b in range(v.shape[-2] - 1):
            lead.append(lead[-1] * v[..., b, -1])
        v = v * torch.stack(lead, -1).unsqueeze(-1)
        return v.flatten(-2)[..., :n].movedim(-1, self.dim)
