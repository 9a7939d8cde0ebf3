"""Raises while it is imported."""

# expect: nothing is judged: raises ZeroDivisionError on import

import numpy as np

1 / 0


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
