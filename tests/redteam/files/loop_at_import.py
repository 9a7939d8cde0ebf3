"""Does not stop being imported."""

# expect: nothing is judged: did not return within

import numpy as np

while True:
    pass


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
