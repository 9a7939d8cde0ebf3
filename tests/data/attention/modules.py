"""EECS 498's modules of attention: one head, and several that are made of it; the mask is True where a key is hidden."""

import torch
from torch import Tensor, nn


def scaled_dot_product_no_loop_batch(query: Tensor, key: Tensor, value: Tensor, mask: Tensor = None):
    _, _, M = query.shape
    s = torch.bmm(query, key.transpose(1, 2)) / M**0.5
    if mask is not None:
        s = s.masked_fill(mask, -1e9)
    w = torch.softmax(s, dim=-1)
    return torch.bmm(w, value), w


class SelfAttention(nn.Module):
    def __init__(self, dim_in: int, dim_q: int, dim_v: int):
        super().__init__()
        self.q = nn.Linear(dim_in, dim_q)
        self.k = nn.Linear(dim_in, dim_q)
        self.v = nn.Linear(dim_in, dim_v)
        self.weights_softmax = None
        for layer in (self.q, self.k, self.v):
            c = (6 / (layer.in_features + layer.out_features)) ** 0.5
            nn.init.uniform_(layer.weight, -c, c)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor = None) -> Tensor:
        self.weights_softmax = None
        y, self.weights_softmax = scaled_dot_product_no_loop_batch(
            self.q(query), self.k(key), self.v(value), mask
        )
        return y


class MultiHeadAttention(nn.Module):
    def __init__(self, num_heads: int, dim_in: int, dim_out: int):
        super().__init__()
        self.heads = nn.ModuleList([SelfAttention(dim_in, dim_out, dim_out) for _ in range(num_heads)])
        self.linear = nn.Linear(num_heads * dim_out, dim_in)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor = None) -> Tensor:
        return self.linear(torch.cat([head(query, key, value, mask) for head in self.heads], dim=2))
