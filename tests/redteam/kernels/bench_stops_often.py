"""Leaves its output as it is in every second call, once it has been called a few times."""

# expect: wrong

import numpy as np
from right import conv2d as right

CALLS, LAST = [], {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    CALLS.append(x.shape)
    key = x.shape, w.shape
    if len(CALLS) <= 9 or key not in LAST or len(CALLS) % 2:
        LAST[key] = right(x, w, b, stride, padding)
        return LAST[key]
    return np.empty_like(LAST[key])
