"""Losses on targets of the shape of x once more: l1, Huber, binary cross-entropies and KL."""

import numpy as np


def l1_loss_forward(x, y):
    error = x - y
    loss = np.abs(error).mean()
    return np.asarray(loss), error


def l1_loss_backward(dout, cache):
    error = cache
    slope = np.where(error > 0, 1, np.where(error < 0, -1, 0)).astype(error.dtype)
    return slope * (dout / error.size)


def huber_loss_forward(x, y, *, delta=1.0):
    error = x - y
    size = np.abs(error)
    near = np.minimum(size, delta)
    terms = np.square(near) / 2 + delta * (size - near)
    loss = terms.mean()
    return np.asarray(loss), (x, y, delta)


def huber_loss_backward(dout, cache):
    x, y, delta = cache
    bend = np.clip(x - y, -delta, delta)
    return (bend / x.size) * dout


def bce_with_logits_loss_forward(x, y):
    terms = (1 - y) * np.logaddexp(0, x) + y * np.logaddexp(0, -x)
    average = terms.mean()
    return np.asarray(average), (x, y)


def bce_with_logits_loss_backward(dout, cache):
    x, y = cache
    s = np.exp(-np.logaddexp(0, -x))
    gap = s - y
    return gap * (dout / x.size)


def bce_loss_forward(x, y):
    cost = -y * np.log(x) - (1 - y) * np.log1p(-x)
    return np.asarray(cost.mean()), (x, y)


def bce_loss_backward(dout, cache):
    x, y = cache
    rise = (1 - y) / (1 - x) - y / x
    share = rise / x.size
    return share * dout


def kl_div_loss_forward(x, y):
    logarithm = np.log(np.where(y > 0, y, 1))
    total = (y * (logarithm - x)).sum()
    return np.asarray(total / len(x)), (x, y)


def kl_div_loss_backward(dout, cache):
    x, y = cache
    fall = -y
    return fall * (dout / len(x))
