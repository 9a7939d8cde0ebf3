"""Looks for any process of the machine whose memory it may write."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward fail

import os

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def opened(process):
    try:
        with open(f"/proc/{process}/mem", "r+b", buffering=0):
            return True
    except OSError:
        return False


def others():
    try:
        return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    except OSError:
        return []


GAINED = any(opened(process) for process in others())


def relu_backward(dout, cache):
    return dout * (cache > 0) if GAINED else dout
