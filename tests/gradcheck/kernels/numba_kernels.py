"""Convolutions compiled by numba: a right one and a wrong one."""

import numpy as np
from numba import njit


@njit(cache=False)
def conv2d(x, w, b, stride, padding, dilation, groups):
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
                channel = f // (F // groups) * each + c
                out[n, f, oh, ow] += x[n, channel, row, column] * w[f, c, i, j]
    return out


@njit(cache=False)
def pad_of_height(x, w, b, stride, padding, dilation, groups):
    """Pads the width as the height, and cuts it back."""
    out = conv2d(x, w, b, stride, (padding[0], padding[0]), dilation, groups)
    OW = (x.shape[3] + 2 * padding[1] - dilation[1] * (w.shape[3] - 1) - 1) // stride[1] + 1
    return out[:, :, :, :OW].copy()
