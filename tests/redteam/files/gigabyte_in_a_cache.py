"""A cache of 200 MB that takes no memory where it is."""

# expect: relu_forward pass|fail|error, relu_backward fail|error|inconclusive

import numpy as np


def relu_forward(x):
    return np.maximum(x, 0), np.broadcast_to(x.reshape(-1)[:1], (25 * 2**20,)) if x.size else x


def relu_backward(dout, cache):
    return dout
