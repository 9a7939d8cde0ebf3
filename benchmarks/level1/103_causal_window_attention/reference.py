# level 1, problem 103: causal window attention
import torch
import torch.nn as nn


BATCH = 32
HEADS = 32
LENGTH = 512
DIM = 64
WINDOW = 128


class Model(nn.Module):
    def __init__(self, window):
        super().__init__()
        self.window = window

    def forward(self, Q, K, V):
        n = Q.shape[-2]
        i = torch.arange(n, device=Q.device)
        gap = i[:, None] - i[None, :]
        allowed = (gap >= 0) & (gap < self.window)
        return nn.functional.scaled_dot_product_attention(Q, K, V, attn_mask=allowed)


def get_inputs():
    return [torch.randn(BATCH, HEADS, LENGTH, DIM), torch.randn(BATCH, HEADS, LENGTH, DIM), torch.randn(BATCH, HEADS, LENGTH, DIM)]


def get_init_inputs():
    return [WINDOW]
