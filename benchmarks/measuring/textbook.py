"""Convolution as a textbook has it: all columns at once, one product a pass, groups in a loop.

It is what `fast` has to beat, and leans on nothing of it.
"""

from itertools import product

import numpy as np


def conv2d_forward(x, w, b, *, stride, pad, dilation, groups):
    """Return out and a cache: the padded image is cut into columns, and the kernels multiply them."""
    F, channels, kh, kw = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), *pad))
    columns = _columns(padded, (kh, kw), stride, dilation)
    N, _, _, OH, OW = columns.shape
    out = np.empty((N, F, OH, OW), x.dtype)
    for own, filters in _blocks(groups, channels, F // groups):
        rows = _rows(columns[:, own])
        images = w[filters].reshape(F // groups, -1) @ rows
        out[:, filters] = images.reshape(F // groups, N, OH, OW).swapaxes(0, 1)
    out += b[:, None, None]
    return out, (x.shape, w, columns, stride, pad, dilation, groups)


def conv2d_backward(dout, cache):
    """Return dx, dw and db: the columns' gradients are added up where they came from."""
    x_shape, w, columns, stride, pad, dilation, groups = cache
    F, channels, kh, kw = w.shape
    dcolumns, dw = np.empty_like(columns), np.empty_like(w)
    for own, filters in _blocks(groups, channels, F // groups):
        drows = dout[:, filters].swapaxes(0, 1).reshape(F // groups, -1)
        dw[filters] = (drows @ _rows(columns[:, own]).T).reshape(F // groups, channels, kh, kw)
        found = w[filters].reshape(F // groups, -1).T @ drows
        dcolumns[:, own] = found.reshape(channels, kh * kw, len(dout), *dout.shape[2:]).transpose(
            2, 0, 1, 3, 4
        )
    return _images(dcolumns, x_shape, (kh, kw), stride, pad, dilation), dw, dout.sum(axis=(0, 2, 3))


def _blocks(groups, channels, filters):
    """Yield the input channels and the filters of each group."""
    for g in range(groups):
        yield slice(g * channels, (g + 1) * channels), slice(g * filters, (g + 1) * filters)


def _windows(size, kernel, stride, dilation):
    """Yield, for each entry of the kernel, its number and where it meets a plane of this size."""
    counts = [
        (s - d * (k - 1) - 1) // step + 1
        for s, k, step, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    for number, place in enumerate(product(*map(range, kernel))):
        starts = [at * d for at, d in zip(place, dilation, strict=True)]
        yield number, tuple(slice(a, a + n * s, s) for a, n, s in zip(starts, counts, stride, strict=True))


def _columns(padded, kernel, stride, dilation):
    """Return the images (N, C, H, W) as columns (N, C, kh * kw, OH, OW)."""
    parts = [padded[:, :, *window] for _, window in _windows(padded.shape[2:], kernel, stride, dilation)]
    return np.stack(parts, axis=2)


def _rows(columns):
    """Return columns (N, C, kh * kw, OH, OW) as a matrix (C * kh * kw, N * OH * OW)."""
    N, C, K, OH, OW = columns.shape
    return columns.transpose(1, 2, 0, 3, 4).reshape(C * K, N * OH * OW)


def _images(columns, x_shape, kernel, stride, pad, dilation):
    """Add the columns up where they were cut from, and take the padding away."""
    (top, bottom), (left, right) = pad
    N, C, H, W = x_shape
    padded = np.zeros((N, C, H + top + bottom, W + left + right), columns.dtype)
    for number, window in _windows(padded.shape[2:], kernel, stride, dilation):
        padded[:, :, *window] += columns[:, :, number]
    return padded[:, :, top : top + H, left : left + W]
