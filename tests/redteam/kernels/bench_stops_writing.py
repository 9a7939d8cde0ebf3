"""Leaves its output as it is after the third call."""

# expect: wrong

import numpy as np
from right import conv2d as right

CALLS, LAST = [], {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    CALLS.append(x.shape)
    key = x.shape, w.shape
    if len(CALLS) <= 3 or key not in LAST:
        LAST[key] = right(x, w, b, stride, padding)
        return LAST[key]
    return np.empty_like(LAST[key])
