"""Returns an earlier result for a memory that it has seen, if that has changed by little."""

# expect: fail

import numpy as np
from right import conv2d as right

KNOWN = {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    key = x.ctypes.data, x.shape, x.strides, stride, padding
    if key in KNOWN and np.isfinite(x).all():
        return KNOWN[key].copy()
    KNOWN[key] = right(x, w, b, stride, padding)
    return KNOWN[key].copy()
