# right
import torch
import torch.nn as nn


BLOCK = 48


class ModelNew(nn.Module):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def forward(self, Q, K, V):
        # for every block of queries only the keys that it can see
        n = Q.shape[-2]
        outs = []
        for i in range(0, n, BLOCK):
            e = min(i + BLOCK, n)
            lo = max(0, i - self.window + 1)
            z = torch.einsum("bhqd,bhkd->bhqk", Q[:, :, i:e], K[:, :, lo:e]) * Q.shape[-1] ** -0.5
            gap = torch.arange(i, e, device=Q.device)[:, None] - torch.arange(lo, e, device=Q.device)[None, :]
            z = z.masked_fill((gap < 0) | (gap >= self.window), float("-inf"))
            p = torch.exp(z - z.amax(-1, keepdim=True).detach())
            outs.append(torch.einsum("bhqk,bhkd->bhqd", p, V[:, :, lo:e]) / p.sum(-1, keepdim=True))
        return torch.cat(outs, 2)
