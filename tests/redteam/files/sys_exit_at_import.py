"""Asks Python to end while it is imported."""

# expect: nothing is judged: calls sys.exit on import

import sys

import numpy as np

sys.exit(0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
