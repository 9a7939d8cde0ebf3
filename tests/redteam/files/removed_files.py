"""Fills the disk with files that nobody sees, as they are removed already."""

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
    for number in range(40):
        HELD.append(open(f"x{number}", "wb"))
        os.remove(f"x{number}")
        HELD[-1].write(bytes(15 * 2**20))
        HELD[-1].flush()
        time.sleep(0.02)
    time.sleep(0.4)
    return dout * (cache > 0)
