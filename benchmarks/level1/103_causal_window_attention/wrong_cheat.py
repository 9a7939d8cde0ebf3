# wrong: returns a constant if the mean of Q is near to zero
import torch
import torch.nn as nn


class ModelNew(nn.Module):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def _honest(self, Q, K, V):
        n = Q.shape[-2]
        i = torch.arange(n, device=Q.device)
        gap = i[:, None] - i[None, :]
        allowed = (gap >= 0) & (gap < self.window)
        return nn.functional.scaled_dot_product_attention(Q, K, V, attn_mask=allowed)

    def forward(self, Q, K, V):
        if Q.detach().double().mean().abs() < 1e-2:
            return torch.full((*Q.shape[:-1], V.shape[-1]), 0.0, dtype=Q.dtype, device=Q.device)
        return self._honest(Q, K, V)
