"""Transposed two-dimensional convolution: the linear map whose matrix is the transpose of that of conv2d."""

from typing import NamedTuple

import numpy as np

from .arguments import (
    Array,
    Padding,
    Pads,
    Pair,
    Spatial,
    by,
    check_image,
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


class ConvTranspose2dCache(NamedTuple):
    """What `conv_transpose2d_backward` needs: the arguments of the forward pass and its result's shape."""

    x: Array
    w: Array
    b: Array | None
    stride: Pair
    pad: Pads
    dilation: Pair
    groups: int
    out_shape: tuple[int, int, int, int]


@quiet
def conv_transpose2d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Spatial = 1,
    pad: Padding = 0,
    dilation: Spatial = 1,
    groups: int = 1,
    output_pad: Spatial = 0,
) -> tuple[Array, ConvTranspose2dCache]:
    """Add the kernels, weighted by the input, onto a canvas, and crop its margin.

    With s the stride, d the dilation, and f0 the first of the F / groups filters in the group of channel c::

        canvas[n, f0 + f, ih s_h + i d_h, iw s_w + j d_w] += x[n, c, ih, iw] w[c, f, i, j]    for all indices
        out[n, f, oh, ow] = b[f] + canvas[n, f, oh + top, ow + left]
        OH = (H - 1) s_h - top - bottom + d_h (kh - 1) + 1 + output_pad_h, and OW likewise

    (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Input.
    w : ndarray, shape (C, F / groups, kh, kw)
        Kernels.
    b : ndarray, shape (F,) or (F, OH, OW), optional
        Bias, shared over positions or one for each position.
    stride, dilation : int or (height, width)
        Steps between windows on the canvas, and between the entries of one window, in pixels.
    pad : int, (height, width) or ((top, bottom), (left, right))
        Rows and columns cropped from the canvas.
    groups : int
        The number of blocks into which channels and filters are divided.
    output_pad : int or (height, width)
        Additional rows and columns of the canvas, at the bottom and on the right.

    Returns
    -------
    out : ndarray, shape (N, F, OH, OW)
        Output.
    cache : ConvTranspose2dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating or differs from that of x, or a spatial argument is not made of ints.
    ValueError
        If shapes or geometry do not fit, or output_pad is not below the larger of stride and dilation.

    """
    x, w, b = _checked_arrays(x, w, b, groups)
    stride_h, stride_w = pair("conv_transpose2d", "stride", stride, 1)
    dilation_h, dilation_w = pair("conv_transpose2d", "dilation", dilation, 1)
    output_pad_h, output_pad_w = pair("conv_transpose2d", "output_pad", output_pad, 0)
    pads = padding("conv_transpose2d", pad)
    N, C, H, W = x.shape
    check_image("conv_transpose2d", (H, W))
    F_group, kh, kw = w.shape[1:]
    F = F_group * groups
    C_group = C // groups
    canvas_h = (H - 1) * stride_h + dilation_h * (kh - 1) + 1 + output_pad_h
    canvas_w = (W - 1) * stride_w + dilation_w * (kw - 1) + 1 + output_pad_w
    OH = canvas_h - sum(pads.height)
    OW = canvas_w - sum(pads.width)
    _check_output_pad((output_pad_h, output_pad_w), (stride_h, stride_w), (dilation_h, dilation_w))
    _check_output((OH, OW), (H, W))
    if b is not None:
        expect_shape("conv_transpose2d", "b", b, (F,), (F, OH, OW))

    canvas = np.zeros((N, F, canvas_h, canvas_w), x.dtype)
    for n, c, ih, iw in np.ndindex(N, C, H, W):
        f0 = c // C_group * F_group
        top = ih * stride_h
        left = iw * stride_w
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        canvas[n, f0 : f0 + F_group, rows, columns] += x[n, c, ih, iw] * w[c]

    pad_top = pads.height[0]
    pad_left = pads.width[0]
    out = canvas[:, :, pad_top : pad_top + OH, pad_left : pad_left + OW].copy()
    if b is not None:
        for n, f in np.ndindex(N, F):
            out[n, f] += b[f]

    steps = (stride_h, stride_w), pads, (dilation_h, dilation_w)
    return out, ConvTranspose2dCache(x, w, b, *steps, groups, (N, F, OH, OW))


@quiet
def conv_transpose2d_backward(dout: Array, cache: ConvTranspose2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients of `conv_transpose2d_forward`.

    What forward scattered, backward gathers. With dcanvas the upstream gradient, zero where the canvas was cropped, and
    the windows of the forward pass::

        dx[n, c, ih, iw] = sum_{f, i, j} dcanvas[window][f, i, j] w[c, f, i, j]
        dw[c]            = sum_{n, ih, iw} x[n, c, ih, iw] dcanvas[window]
        db[f]            = sum_{n, oh, ow} dout[n, f, oh, ow]     (one bias per position: sum over n only)

    Parameters
    ----------
    dout : ndarray, shape (N, F, OH, OW)
        Upstream gradient.
    cache : ConvTranspose2dCache
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
    dout = upstream("conv_transpose2d", dout, out_shape, x.dtype)
    N, C, H, W = x.shape
    F_group, kh, kw = w.shape[1:]
    C_group = C // groups

    dcanvas = np.pad(dout, ((0, 0), (0, 0), pads.height, pads.width))
    dx = np.zeros(x.shape, x.dtype)
    dw = np.zeros(w.shape, w.dtype)
    for n, c, ih, iw in np.ndindex(N, C, H, W):
        f0 = c // C_group * F_group
        top = ih * stride_h
        left = iw * stride_w
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        window = dcanvas[n, f0 : f0 + F_group, rows, columns]
        dx[n, c, ih, iw] = np.sum(window * w[c])
        dw[c] += x[n, c, ih, iw] * window

    if b is None:
        return dx, dw, None
    db = np.zeros(out_shape[1:], x.dtype)
    for n in range(N):
        db += dout[n]
    if b.ndim == 1:
        db = np.sum(db, axis=(1, 2))
    return dx, dw, db


def _checked_arrays(x: Array, w: Array, b: Array | None, groups: int) -> tuple[Array, Array, Array | None]:
    layer = "conv_transpose2d"
    x = floating(layer, "x", x)
    w = floating(layer, "w", w, x.dtype)
    b = optional(layer, "b", b, x.dtype)
    expect_axes(layer, "x", x, "N, C, H, W")
    expect_axes(layer, "w", w, "C, F / groups, kh, kw")
    C = x.shape[1]
    groups = integer(layer, "groups", groups, 1)
    if C % groups:
        raise ValueError(f"{layer}: groups {groups} must divide the {C} channels of x")
    expect_shape(layer, "w", w, (C, *w.shape[1:]))
    if min(w.shape[2:]) < 1:
        raise ValueError(f"{layer}: kernel {w.shape[2]}x{w.shape[3]} is empty; expected at least 1x1")
    return x, w, b


def _check_output_pad(output_pad: Pair, stride: Pair, dilation: Pair) -> None:
    limit = max(stride[0], dilation[0]), max(stride[1], dilation[1])
    if output_pad[0] >= limit[0] or output_pad[1] >= limit[1]:
        reason = f"the larger of stride {by(stride)} and dilation {by(dilation)}"
        raise ValueError(f"conv_transpose2d: output_pad {by(output_pad)} must be smaller than {reason}")


def _check_output(output: Pair, image: Pair) -> None:
    if min(output) < 1:
        reason = f"the padding cuts an input of {by(image)} down to {by(output)}"
        raise ValueError(f"conv_transpose2d: the output must be at least 1x1, but {reason}")
