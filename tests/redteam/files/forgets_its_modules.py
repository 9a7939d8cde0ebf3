"""Empties sys.modules."""

# expect: relu_forward pass, relu_backward fail

import sys

import numpy as np

sys.modules.clear()


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return np.zeros_like(dout)
