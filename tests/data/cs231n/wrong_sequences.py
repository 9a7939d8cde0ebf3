"""The same functions with a mistake each: repeated words are lost, the bias is summed over time alone, no mask in dx."""

import numpy as np


def word_embedding_forward(x, W):
    out = W[x]
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    return out, (x, w, b)


def temporal_affine_backward(dout, cache):
    x, w, b = cache
    N, T, D = x.shape
    M = b.shape[0]
    flat = dout.reshape(N * T, M)
    dx = flat.dot(w.T).reshape(N, T, D)
    dw = x.reshape(N * T, D).T.dot(flat)
    db = dout[0].sum(axis=0)
    return dx, dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    probs = np.exp(x_flat - x_flat.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    picked = probs[np.arange(N * T), y.reshape(N * T)]
    loss = -np.sum(mask.reshape(N * T) * np.log(picked)) / N
    dx = probs.copy()
    dx[np.arange(N * T), y.reshape(N * T)] -= 1
    dx /= N
    return loss, dx.reshape(N, T, V)
