"""A cache that contains itself, and has no end."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward fail

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    cache = [x]
    cache.append(cache)
    return np.maximum(x, 0), (cache, iter(int, 1))


def relu_backward(dout, cache):
    return np.zeros_like(dout)
