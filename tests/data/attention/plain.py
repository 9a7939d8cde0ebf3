"""Attention with plain names: out and weights come back, and backward takes the inputs and the weights."""

import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def scaled_dot_product_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(d_k)
    if mask is not None:
        scores = np.where(mask == 0, -1e9, scores)
    weights = softmax(scores)
    return weights @ V, weights


def scaled_dot_product_attention_backward(dout, Q, K, V, weights):
    d_k = Q.shape[-1]
    dV = np.swapaxes(weights, -1, -2) @ dout
    dweights = dout @ np.swapaxes(V, -1, -2)
    dscores = weights * (dweights - np.sum(weights * dweights, axis=-1, keepdims=True))
    dscores /= np.sqrt(d_k)
    dQ = dscores @ K
    dK = np.swapaxes(dscores, -1, -2) @ Q
    return dQ, dK, dV
