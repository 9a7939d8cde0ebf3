"""Computes one half of the filters, once it has been called a few times."""

# expect: wrong

import numpy as np
from right import conv2d as right

CALLS = []


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    CALLS.append(x.shape)
    if len(CALLS) < 6:
        return right(x, w, b, stride, padding)
    half = len(w) // 2
    out = right(x, w[:half], None if b is None else b[:half], stride, padding)
    return np.concatenate([out] * (len(w) // half), axis=1)
