"""softmax_loss, svm_loss and mse_loss once more, over the whole batch at once."""

import numpy as np


def softmax_loss_forward(x, y, *, ignore_index=None):
    counts = np.ones(len(y), bool) if ignore_index is None else y != ignore_index
    rows = np.flatnonzero(counts)
    every, y = y, y[rows]
    shifted = x - x.max(axis=1, keepdims=True)
    partition = np.exp(shifted).sum(axis=1, keepdims=True)
    log_p = shifted - np.log(partition)
    loss = -log_p[rows, y].mean()
    return np.asarray(loss), (np.exp(log_p), every, counts)


def softmax_loss_backward(dout, cache):
    p, y, counts = cache
    samples, classes = counts.sum(), p.shape[1]
    truth = y[:, None] == np.arange(classes)
    dx = np.asarray((p - truth) * (dout / samples), dtype=p.dtype)
    return np.where(counts[:, None], dx, 0)


def svm_loss_forward(x, y, *, margin=1.0):
    own = np.take_along_axis(x, y[:, None], axis=1)
    costs = np.maximum(x - own + margin, 0)
    costs[np.arange(len(x)), y] = 0
    loss = costs.sum() / len(x)
    return np.asarray(loss), (x, y, margin)


def svm_loss_backward(dout, cache):
    x, y, margin = cache
    rows = np.arange(len(y))
    weights = (x - x[rows, y][:, None] + margin > 0).astype(x.dtype)
    weights[rows, y] = 0
    weights[rows, y] = -weights.sum(axis=1)
    return weights * (dout / len(y)).astype(x.dtype)


def mse_loss_forward(x, y):
    error = x - y
    loss = np.square(error).mean()
    return np.asarray(loss), (x, y)


def mse_loss_backward(dout, cache):
    x, y = cache
    per_entry = dout / x.size
    error = x - y
    return (error + error) * per_entry
