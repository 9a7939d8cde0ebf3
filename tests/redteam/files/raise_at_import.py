"""Raises while it is imported: that statement is left out, and what it defines is judged."""

# expect: relu_forward pass, relu_backward pass

import numpy as np

1 / 0


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
