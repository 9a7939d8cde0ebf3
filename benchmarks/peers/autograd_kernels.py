"""autograd's convolution (`autograd.scipy.signal.convolve`), with a pad around it."""

import autograd.numpy as np
from autograd.scipy.signal import convolve

from gradcheck.contract import Array


def conv2d(x: Array, w: Array, b: Array | None = None, padding: tuple[int, int] = (0, 0)) -> Array:
    """Return the correlation: a convolution with the filters turned around."""
    ph, pw = padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="constant")
    if any(extent < k for extent, k in zip(padded.shape[2:], w.shape[2:], strict=True)):
        raise ValueError("the kernel is larger than the image")
    out = convolve(padded, w[:, :, ::-1, ::-1], axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
    return out if b is None else out + np.reshape(b, (-1, 1, 1))
