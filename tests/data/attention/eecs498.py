"""Attention on PyTorch's tensors, in loops and without them; the mask is True where a key is hidden."""

import torch


def scaled_dot_product_two_loop_single(query, key, value):
    K, M = query.shape
    out = torch.zeros_like(query)
    for i in range(K):
        scores = torch.stack([query[i] @ key[j] / M**0.5 for j in range(K)])
        out[i] = torch.softmax(scores, dim=0) @ value
    return out


def scaled_dot_product_two_loop_batch(query, key, value):
    N, K, M = query.shape
    scores = torch.stack([torch.stack([query[n, i] @ key[n].T for i in range(K)]) for n in range(N)])
    return torch.softmax(scores / M**0.5, dim=2) @ value


def scaled_dot_product_no_loop_batch(query, key, value, mask=None):
    scores = torch.bmm(query, key.transpose(1, 2)) / query.shape[2] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(mask, -1e9)
    weights_softmax = torch.softmax(scores, dim=2)
    return torch.bmm(weights_softmax, value), weights_softmax
