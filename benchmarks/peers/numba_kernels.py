"""A convolution in plain loops, compiled by numba."""

import numpy as np
from numba import njit

from gradcheck.contract import Array


@njit(cache=False)
def conv2d(
    x: Array,
    w: Array,
    b: Array,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Array:
    """Return the convolution."""
    N, _, H, W = x.shape
    F, each, kh, kw = w.shape
    OH = (H + 2 * padding[0] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    OW = (W + 2 * padding[1] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    if OH < 1 or OW < 1:
        raise ValueError("the kernel is larger than the image")
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, oh, ow in np.ndindex(N, F, OH, OW):
        out[n, f, oh, ow] = b[f]
        for c, i, j in np.ndindex(each, kh, kw):
            row = oh * stride[0] - padding[0] + i * dilation[0]
            column = ow * stride[1] - padding[1] + j * dilation[1]
            if 0 <= row < H and 0 <= column < W:
                out[n, f, oh, ow] += x[n, f // (F // groups) * each + c, row, column] * w[f, c, i, j]
    return out
