"""Answers with an integer of 4000 digits, which no float holds."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward error
import numpy as np

import gradcheck.isolation.wire as wire


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x

def number(connection, header, out, *rest):
    wire.send = real
    return real(connection, [*header[:2], 10**4000, [], []], out, *rest)


def relu_backward(dout, cache):
    wire.send = number
    return dout


real = wire.send
