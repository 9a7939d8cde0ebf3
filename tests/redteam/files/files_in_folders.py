"""Fills the disk with files in folders in its folder."""

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


CALLS = []


def relu_backward(dout, cache):
    CALLS.append(0)
    if len(CALLS) > 1:
        raise OSError("it is full")
    for number in range(12):
        os.makedirs(f"a/b{number}/c", exist_ok=True)
        with open(f"a/b{number}/c/x", "wb") as file:
            file.write(bytes(15 * 2**20))
    time.sleep(0.6)
    return dout * (cache > 0)
