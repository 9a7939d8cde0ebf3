"""The activations and flatten once more, in closed expressions over whole arrays."""

import numpy as np


def relu_forward(x):
    out = np.maximum(x, 0)
    return out, (x,)


def relu_backward(dout, cache):
    (x,) = cache
    passes = ~(x <= 0)
    dx = np.zeros(x.shape, dtype=x.dtype)
    np.copyto(dx, dout, where=passes)
    return dx


def leaky_relu_forward(x, *, slope=0.01):
    rises, falls = np.maximum(x, 0), np.minimum(x, 0)
    return rises + slope * falls, (x, slope)


def leaky_relu_backward(dout, cache):
    x, slope = cache
    slopes = np.where(x > 0, 1, slope).astype(x.dtype)
    return dout * slopes


def sigmoid_forward(x):
    s = np.exp(-np.logaddexp(0, -x))
    return s, (s.copy(),)


def sigmoid_backward(dout, cache):
    s = cache[0]
    return (1 - s) * s * dout


def tanh_forward(x):
    # With e = exp(-2 |x|) - 1, which loses nothing near 0 and never overflows.
    e = np.expm1(-2 * np.abs(x))
    t = np.sign(x) * -e / (e + 2)
    return t, (t.copy(),)


def tanh_backward(dout, cache):
    t = cache[0]
    return dout * (1 + t) * (1 - t)


def identity_forward(x):
    return np.array(x), ()


def identity_backward(dout, cache):
    return np.array(dout)


def flatten_forward(x):
    rows = np.empty((len(x), int(np.prod(x.shape[1:]))), dtype=x.dtype)
    for sample, row in zip(x, rows, strict=True):
        row[:] = sample.ravel()
    return rows, x.shape


def flatten_backward(dout, cache):
    dx = np.empty(cache, dtype=dout.dtype)
    for row, sample in zip(dout, dx, strict=True):
        sample[...] = row.reshape(cache[1:])
    return dx
