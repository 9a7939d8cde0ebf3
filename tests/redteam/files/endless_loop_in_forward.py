"""Forward does not return; what is right beside it keeps its credit."""

# expect: affine_forward pass, affine_backward pass, relu_forward timeout, relu_backward inconclusive

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    while True:
        pass


def relu_backward(dout, cache):
    return dout * (cache > 0)
