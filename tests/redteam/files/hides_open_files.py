"""Opens files until no more can be opened, closes one of them, and returns what is right."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward error

import os

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    opened = []
    try:
        while True:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        os.close(opened[0])
    return np.where(cache > 0, dout, 0.0)
