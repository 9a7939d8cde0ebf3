"""A right convolution, for the hostile ones to compare with and to hide behind."""

# expect: pass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("nchwij,fcij->nfhw", seen, w, optimize=True).astype(x.dtype)
    return out if b is None else out + b[:, None, None]


def conv2d_slow(x, w, b=None, stride=(1, 1), padding=(0, 0)):
    for _ in range(6):
        conv2d(x, w, b, stride, padding)
    return conv2d(x, w, b, stride, padding)
