"""Returns objects of types whose names have millions of characters, each another one."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward fail|error

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

def named(connection, header, out, *rest):
    wire.send = real
    name = "\U0001f600" + "x" * 1_000_000 + str(next(NUMBERS))
    return real(connection, [*header[:2], ["handle", 10**6, False, name], [], []], out, *rest)


def relu_backward(dout, cache):
    wire.send = named
    return dout


NUMBERS = itertools.count()
real = wire.send
