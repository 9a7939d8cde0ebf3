"""Changes the inputs so that its wrong result becomes right; its backward is right with a right cache."""

# expect: affine_forward pass, affine_backward pass, relu_forward fail, relu_backward pass

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    x[...] = 0
    return np.zeros_like(x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
