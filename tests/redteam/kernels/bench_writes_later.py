"""A thread writes the result after the function has returned."""

# expect: wrong

import threading

import numpy as np
from right import conv2d as right
from right import conv2d_slow

SHAPES = {}


def fill(out, given):
    out[...] = conv2d_slow(*given)


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    key = x.shape, w.shape, stride, padding
    if key not in SHAPES:
        SHAPES[key] = right(x, w, b, stride, padding).shape
    out = np.empty(SHAPES[key], x.dtype)
    threading.Thread(target=fill, args=(out, (x, w, b, stride, padding))).start()
    return out
