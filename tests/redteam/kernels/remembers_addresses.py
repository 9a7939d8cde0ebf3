"""Returns an earlier result wherever the inputs lie where they lay before."""

# expect: fail

from right import conv2d as right

KNOWN = {}


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    key = x.ctypes.data, w.ctypes.data, x.shape, w.shape, x.strides, w.strides
    if key not in KNOWN:
        KNOWN[key] = right(x, w, b, stride, padding)
    return KNOWN[key].copy()
