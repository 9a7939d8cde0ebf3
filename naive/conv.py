"""Two-dimensional convolution, which in neural networks is cross-correlation: the kernel is not flipped."""

from typing import NamedTuple

import numpy as np

from .arguments import (
    Array,
    Padding,
    Pads,
    Pair,
    Spatial,
    check_kernel,
    expect_axes,
    expect_shape,
    floating,
    integer,
    optional,
    padding,
    pair,
    quiet,
    upstream,
)


class Conv2dCache(NamedTuple):
    """What `conv2d_backward` needs: the arguments of the forward pass, and the shape of its result."""

    x: Array
    w: Array
    b: Array | None
    stride: Pair
    pad: Pads
    dilation: Pair
    groups: int
    out_shape: tuple[int, int, int, int]


@quiet
def conv2d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Spatial = 1,
    pad: Padding = 0,
    dilation: Spatial = 1,
    groups: int = 1,
) -> tuple[Array, Conv2dCache]:
    """Cross-correlate images with kernels.

    With p the input padded by zeros, s the stride, d the dilation, and c0 the first of the C / groups
    channels that the group of filter f reads::

        out[n, f, oh, ow] = b[f] + sum_{c, i, j} p[n, c0 + c, oh s_h + i d_h, ow s_w + j d_w] w[f, c, i, j]
        OH = floor((H + top + bottom - d_h (kh - 1) - 1) / s_h) + 1, and OW likewise

    (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning").

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images.
    w : ndarray, shape (F, C / groups, kh, kw)
        Kernels.
    b : ndarray, shape (F,) or (F, OH, OW), optional
        Bias, shared over positions or one for each position.
    stride, dilation : int or (height, width)
        Steps between windows, and between the entries of one window, in pixels.
    pad : int, (height, width) or ((top, bottom), (left, right))
        Rows and columns of zeros around the image.
    groups : int
        The number of blocks into which channels and filters are divided.

    Returns
    -------
    out : ndarray, shape (N, F, OH, OW)
        Output.
    cache : Conv2dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating or differs from that of x, or a spatial argument is not made of ints.
    ValueError
        If shapes or geometry do not fit.

    """
    x, w, b = _checked_arrays(x, w, b, groups)
    stride_h, stride_w = pair("conv2d", "stride", stride, 1)
    dilation_h, dilation_w = pair("conv2d", "dilation", dilation, 1)
    pads = padding("conv2d", pad)
    N, _, H, W = x.shape
    F, C_group, kh, kw = w.shape
    F_group = F // groups
    check_kernel("conv2d", (kh, kw), (dilation_h, dilation_w), (H, W), pads)
    OH = (H + sum(pads.height) - dilation_h * (kh - 1) - 1) // stride_h + 1
    OW = (W + sum(pads.width) - dilation_w * (kw - 1) - 1) // stride_w + 1
    if b is not None:
        expect_shape("conv2d", "b", b, (F,), (F, OH, OW))

    x_padded = np.pad(x, ((0, 0), (0, 0), pads.height, pads.width))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, oh, ow in np.ndindex(N, F, OH, OW):
        c0 = f // F_group * C_group
        top = oh * stride_h
        left = ow * stride_w
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        window = x_padded[n, c0 : c0 + C_group, rows, columns]
        out[n, f, oh, ow] = np.sum(window * w[f])
    if b is not None:
        for n, f in np.ndindex(N, F):
            out[n, f] += b[f]

    steps = (stride_h, stride_w), pads, (dilation_h, dilation_w)
    return out, Conv2dCache(x, w, b, *steps, groups, (N, F, OH, OW))


@quiet
def conv2d_backward(dout: Array, cache: Conv2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients of `conv2d_forward`.

    Each product p[...] w[...] of the forward sum gives each factor dout[n, f, oh, ow] times the other factor. With the
    windows of the forward pass::

        dp[window] = sum over the windows that meet there of dout[n, f, oh, ow] w[f]
        dw[f]      = sum_{n, oh, ow} dout[n, f, oh, ow] p[window]
        db[f]      = sum_{n, oh, ow} dout[n, f, oh, ow]     (one bias per position: sum over n only)

    and dx is dp without the padding.

    Parameters
    ----------
    dout : ndarray, shape (N, F, OH, OW)
        Upstream gradient.
    cache : Conv2dCache
        From the forward pass.

    Returns
    -------
    dx, dw : ndarray
        Of the shapes of x and w.
    db : ndarray or None
        Of the shape of b; None without one.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    x, w, b, (stride_h, stride_w), pads, (dilation_h, dilation_w), groups, out_shape = cache
    dout = upstream("conv2d", dout, out_shape, x.dtype)
    N, F, OH, OW = out_shape
    H, W = x.shape[2:]
    C_group, kh, kw = w.shape[1:]
    F_group = F // groups

    x_padded = np.pad(x, ((0, 0), (0, 0), pads.height, pads.width))
    dx_padded = np.zeros(x_padded.shape, x.dtype)
    dw = np.zeros(w.shape, w.dtype)
    db = np.zeros((F, OH, OW), x.dtype)
    for n, f, oh, ow in np.ndindex(N, F, OH, OW):
        c0 = f // F_group * C_group
        top = oh * stride_h
        left = ow * stride_w
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        window = np.s_[n, c0 : c0 + C_group, rows, columns]
        dx_padded[window] += dout[n, f, oh, ow] * w[f]
        dw[f] += dout[n, f, oh, ow] * x_padded[window]
        db[f, oh, ow] += dout[n, f, oh, ow]

    pad_top = pads.height[0]
    pad_left = pads.width[0]
    dx = dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()
    if b is None:
        return dx, dw, None
    if b.ndim == 1:
        db = np.sum(db, axis=(1, 2))
    return dx, dw, db


def _checked_arrays(x: Array, w: Array, b: Array | None, groups: int) -> tuple[Array, Array, Array | None]:
    x = floating("conv2d", "x", x)
    w = floating("conv2d", "w", w, x.dtype)
    b = optional("conv2d", "b", b, x.dtype)
    expect_axes("conv2d", "x", x, "N, C, H, W")
    expect_axes("conv2d", "w", w, "F, C / groups, kh, kw")
    C, F = x.shape[1], w.shape[0]
    groups = integer("conv2d", "groups", groups, 1)
    if C % groups or F % groups:
        raise ValueError(f"conv2d: groups {groups} must divide {C} channels and {F} filters")
    expect_shape("conv2d", "w", w, (F, C // groups, *w.shape[2:]))
    return x, w, b
