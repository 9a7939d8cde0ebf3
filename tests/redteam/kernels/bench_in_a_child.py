"""Has a child do the work, whose time is not that of its process."""

# expect: slow

import os

import numpy as np
from right import conv2d as right
from right import conv2d_slow

SHAPES = {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    key = x.shape, w.shape, stride, padding
    if key not in SHAPES:
        SHAPES[key] = right(x, w, b, stride, padding).shape
    reading, writing = os.pipe()
    if not os.fork():
        out = conv2d_slow(x, w, b, stride, padding)
        with os.fdopen(writing, "wb") as file:
            file.write(out.tobytes())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        found = file.read()
    os.wait()
    return np.frombuffer(found, x.dtype).reshape(SHAPES[key])
