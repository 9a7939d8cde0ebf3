"""Layers of captions, as a student fills in rnn_layers.py: words to vectors, scores of words, and their loss."""

import numpy as np


def word_embedding_forward(x, W):
    out = W[x]
    cache = (x, W.shape)
    return out, cache


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape, dtype=dout.dtype)
    np.add.at(dW, x, dout)
    return dW


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    out = np.matmul(x, w) + b
    return out, (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    D, M = w.shape
    dx = np.matmul(dout, w.T)
    dw = np.tensordot(x, dout, axes=((0, 1), (0, 1)))
    db = dout.sum(axis=(0, 1))
    return dx, dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    N, T, V = x.shape
    scores = x - np.max(x, axis=2, keepdims=True)
    log_probs = scores - np.log(np.sum(np.exp(scores), axis=2, keepdims=True))
    rows, times = np.indices((N, T))
    loss = -np.sum(mask * log_probs[rows, times, y]) / N
    dx = np.exp(log_probs)
    dx[rows, times, y] -= 1
    dx = dx / N * mask[:, :, np.newaxis]
    if verbose:
        print("dx:", dx.shape)
    return loss, dx
