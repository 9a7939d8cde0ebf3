"""Asks Python to end while it is imported: that statement is left out, and what it defines is judged."""

# expect: relu_forward pass, relu_backward pass

import sys

import numpy as np

sys.exit(0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
