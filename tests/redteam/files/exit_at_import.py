"""Ends the process while it is imported."""

# expect: nothing is judged: ended its process

import os

import numpy as np

os._exit(0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
