"""Computes once for each geometry."""

# expect: wrong

from right import conv2d as right

KNOWN = {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    key = x.shape, w.shape, stride, padding
    if key not in KNOWN:
        KNOWN[key] = right(x, w, b, stride, padding)
    return KNOWN[key]
