"""Everything is near and equal for who asks NumPy, from the first call on."""

# expect: fail

import numpy as np
from right import conv2d as right


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    out = right(x, w, b, stride, padding) * 2
    np.abs = np.subtract = lambda a, *more, **named: np.zeros(np.shape(a))
    np.array_equal = np.allclose = lambda *given, **named: True
    np.isfinite = np.isclose = lambda a, *more, **named: np.ones(np.shape(a), bool)
    return out
