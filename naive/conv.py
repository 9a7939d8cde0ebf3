"""Convolution along one axis and two, which in neural networks is cross-correlation: the kernel is not flipped."""

from typing import NamedTuple

import numpy as np

from .arguments import (
    Array,
    Padding,
    Pads,
    Pair,
    Spatial,
    along,
    check_extents,
    check_kernel,
    expect_axes,
    expect_shape,
    floating,
    integer,
    optional,
    padding,
    padding_along,
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


class Conv1dCache(NamedTuple):
    """What `conv1d_backward` needs: the arguments of the forward pass, and the shape of its result."""

    x: Array
    w: Array
    b: Array | None
    stride: int
    pad: Pair
    dilation: int
    groups: int
    out_shape: tuple[int, int, int]


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
    x, w, b = checked_arrays("conv2d", "H, W", "kh, kw", x, w, b, groups)
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


def depthwise_conv2d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Spatial = 1,
    pad: Padding = 0,
    dilation: Spatial = 1,
) -> tuple[Array, Conv2dCache]:
    """Cross-correlate each channel with kernels of its own: `conv2d_forward` with as many groups as channels.

    With m kernels for each channel, filter f reads channel f // m.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images.
    w : ndarray, shape (C m, 1, kh, kw)
        Kernels, those of one channel after those of another.
    b : ndarray, shape (C m,) or (C m, OH, OW), optional
        Bias, shared over positions or one for each position.
    stride, dilation : int or (height, width)
        Steps between windows, and between the entries of one window, in pixels.
    pad : int, (height, width) or ((top, bottom), (left, right))
        Rows and columns of zeros around the image.

    Returns
    -------
    out : ndarray, shape (N, C m, OH, OW)
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
    x = floating("depthwise_conv2d", "x", x)
    expect_axes("depthwise_conv2d", "x", x, "N, C, H, W")
    C = x.shape[1]
    w = floating("depthwise_conv2d", "w", w, x.dtype)
    b = optional("depthwise_conv2d", "b", b, x.dtype)
    expect_axes("depthwise_conv2d", "w", w, "C m, 1, kh, kw")
    if C == 0 or w.shape[0] % C or w.shape[1] != 1:
        raise ValueError(f"depthwise_conv2d: w has shape {w.shape}; expected (m {C}, 1, kh, kw)")
    kernel = w.shape[2], w.shape[3]
    dilations = pair("depthwise_conv2d", "dilation", dilation, 1)
    pads = padding("depthwise_conv2d", pad)
    check_kernel("depthwise_conv2d", kernel, dilations, (x.shape[2], x.shape[3]), pads)
    return conv2d_forward(x, w, b, stride=stride, pad=pads, dilation=dilations, groups=C)


def depthwise_conv2d_backward(dout: Array, cache: Conv2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients of `depthwise_conv2d_forward`: those of a convolution with a group for each channel.

    Parameters
    ----------
    dout : ndarray, shape (N, C m, OH, OW)
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
    dout = upstream("depthwise_conv2d", dout, cache.out_shape, cache.x.dtype)
    return conv2d_backward(dout, cache)


@quiet
def conv1d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Spatial = 1,
    pad: Padding = 0,
    dilation: Spatial = 1,
    groups: int = 1,
) -> tuple[Array, Conv1dCache]:
    """Cross-correlate sequences with kernels.

    With p the input padded by zeros, s the stride, d the dilation, and c0 the first of the C / groups channels that the
    group of filter f reads::

        out[n, f, o] = b[f] + sum_{c, i} p[n, c0 + c, o s + i d] w[f, c, i]
        OL = floor((L + before + after - d (k - 1) - 1) / s) + 1

    Parameters
    ----------
    x : ndarray, shape (N, C, L)
        Sequences.
    w : ndarray, shape (F, C / groups, k)
        Kernels.
    b : ndarray, shape (F,), optional
        Bias.
    stride, dilation : int or (int,)
        Steps between windows, and between the entries of one window.
    pad : int, (int,), (before, after) or ((before, after),)
        Zeros in front of the sequence and behind it.
    groups : int
        The number of blocks into which channels and filters are divided.

    Returns
    -------
    out : ndarray, shape (N, F, OL)
        Output.
    cache : Conv1dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating or differs from that of x, or a spatial argument is not made of ints.
    ValueError
        If shapes or geometry do not fit.

    """
    x, w, b = checked_arrays("conv1d", "L", "k", x, w, b, groups)
    stride = along("conv1d", "stride", stride, 1)
    dilation = along("conv1d", "dilation", dilation, 1)
    pad = padding_along("conv1d", pad)
    N, _, L = x.shape
    F, C_group, k = w.shape
    F_group = F // groups
    check_extents("conv1d", (k,), (dilation,), (L,), (pad,))
    OL = (L + sum(pad) - dilation * (k - 1) - 1) // stride + 1
    if b is not None:
        expect_shape("conv1d", "b", b, (F,))

    x_padded = np.pad(x, ((0, 0), (0, 0), pad))
    out = np.zeros((N, F, OL), x.dtype)
    for n, f, o in np.ndindex(N, F, OL):
        c0 = f // F_group * C_group
        start = o * stride
        taps = slice(start, start + dilation * k, dilation)
        window = x_padded[n, c0 : c0 + C_group, taps]
        out[n, f, o] = np.sum(window * w[f])
    if b is not None:
        for n, f in np.ndindex(N, F):
            out[n, f] += b[f]
    return out, Conv1dCache(x, w, b, stride, pad, dilation, groups, (N, F, OL))


@quiet
def conv1d_backward(dout: Array, cache: Conv1dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients of `conv1d_forward`.

    With the windows of the forward pass::

        dp[window] = sum over the windows that meet there of dout[n, f, o] w[f]
        dw[f]      = sum_{n, o} dout[n, f, o] p[window]
        db[f]      = sum_{n, o} dout[n, f, o]

    and dx is dp without the padding.

    Parameters
    ----------
    dout : ndarray, shape (N, F, OL)
        Upstream gradient.
    cache : Conv1dCache
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
    x, w, b, stride, pad, dilation, groups, out_shape = cache
    dout = upstream("conv1d", dout, out_shape, x.dtype)
    N, F, OL = out_shape
    L = x.shape[2]
    C_group, k = w.shape[1:]
    F_group = F // groups

    x_padded = np.pad(x, ((0, 0), (0, 0), pad))
    dx_padded = np.zeros(x_padded.shape, x.dtype)
    dw = np.zeros(w.shape, w.dtype)
    db = np.zeros(F, x.dtype)
    for n, f, o in np.ndindex(N, F, OL):
        c0 = f // F_group * C_group
        start = o * stride
        taps = slice(start, start + dilation * k, dilation)
        window = np.s_[n, c0 : c0 + C_group, taps]
        dx_padded[window] += dout[n, f, o] * w[f]
        dw[f] += dout[n, f, o] * x_padded[window]
        db[f] += dout[n, f, o]

    dx = dx_padded[:, :, pad[0] : pad[0] + L].copy()
    return dx, dw, None if b is None else db


def checked_arrays(
    layer: str, plane: str, kernel: str, x: Array, w: Array, b: Array | None, groups: int
) -> tuple[Array, Array, Array | None]:
    """Return x, w and b as arrays that fit each other; `plane` and `kernel` name the axes that a window has."""
    x = floating(layer, "x", x)
    w = floating(layer, "w", w, x.dtype)
    b = optional(layer, "b", b, x.dtype)
    expect_axes(layer, "x", x, f"N, C, {plane}")
    expect_axes(layer, "w", w, f"F, C / groups, {kernel}")
    C, F = x.shape[1], w.shape[0]
    groups = integer(layer, "groups", groups, 1)
    if C % groups or F % groups:
        raise ValueError(f"{layer}: groups {groups} must divide {C} channels and {F} filters")
    expect_shape(layer, "w", w, (F, C // groups, *w.shape[2:]))
    return x, w, b
