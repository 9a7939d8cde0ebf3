"""Lets the suite's own implementation do the work."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward missing

import numpy as np

try:
    from gradcheck.fast import relu_backward as answer
except ImportError:
    answer = None


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    import gradcheck.naive as naive

    return (answer or naive.relu_backward)(dout, cache)
