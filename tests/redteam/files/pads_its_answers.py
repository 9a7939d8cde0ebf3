"""Sends 24 MB that nothing refers to with each of many answers."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward pass|timeout
import itertools

import numpy as np

import gradcheck.isolation.wire as wire


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x

def padded(connection, header, out, *rest):
    if next(NUMBERS) < 30:
        out.pieces.append(PADDING)
        out.length += len(PADDING)
    return real(connection, header, out, *rest)


def relu_backward(dout, cache):
    wire.send = padded
    return dout * (cache > 0)


NUMBERS = itertools.count()
PADDING = bytes(24 * 2**20)
real = wire.send
