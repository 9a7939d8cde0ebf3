"""Two-dimensional convolution: one matrix product, once the windows of x are laid out as columns.

>>> import numpy as np
>>> from gradcheck.fast import conv2d_forward, im2col
>>> numbers = np.random.default_rng(0)
>>> x = numbers.integers(-9, 10, (2, 3, 7, 9)).astype(float)  # (N, C, H, W)
>>> w = numbers.integers(-9, 10, (4, 3, 3, 3)).astype(float)  # (F, C, kh, kw)
>>> N, F, OH, OW = 2, 4, 4, 5

>>> columns = im2col(x, w.shape[2:], stride=2, pad=1)  # (C kh kw, N OH OW)
>>> out = (w.reshape(F, -1) @ columns).reshape(F, N, OH, OW).swapaxes(0, 1)

>>> np.array_equal(out, conv2d_forward(x, w, stride=2, pad=1)[0])
True

The gradients are products too: dw = dout columns^T, and dx = col2im(w^T dout). All columns together take kh * kw times
the memory of x. Therefore `engine` lays them out in blocks that fit the cache, and multiplies the blocks on all cores.
"""

from typing import Any, NamedTuple

import numpy as np

from .arguments import (
    Array,
    as_result,
    bias,
    both_sides,
    floating,
    ieee,
    integer,
    matching,
    shaped,
    single,
    upstream,
    widen,
)
from .engine.correlation import Correlation
from .engine.data_gradient import data_gradient
from .engine.weight_gradient import WeightGradient
from .geometry import Geometry, window_geometry


class Conv2dCache(NamedTuple):
    """What the backward pass needs.

    The columns are not kept: they take kh * kw times the memory of x, and backward lays them out again.
    """

    x: Array
    w: Array
    b: Array | None
    geometry: Geometry
    groups: int


@ieee
def conv2d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Any = 1,
    pad: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> tuple[Array, Conv2dCache]:
    """Cross-correlate x with the kernels w: out = w im2col(x) + b.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    w : array (F, C / groups, kh, kw)
        Kernels.
    b : array (F,) or (F, OH, OW), optional
        Bias, shared over positions or one per position.
    stride, dilation : int or (int, int)
        Step between windows and within a window; (height, width).
    pad : int, (int, int) or ((int, int), (int, int))
        Zeros around x: everywhere, (height, width) or ((top, bottom), (left, right)).
    groups : int
        Output channels are split into this many blocks, each seeing its own block of input channels.

    Returns
    -------
    out : array (N, F, OH, OW)
        With OH = (H + top + bottom - dilation (kh - 1) - 1) // stride + 1, and OW likewise.
    cache : Conv2dCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or a spatial argument is not made of ints.
    ValueError
        If the shapes do not fit each other, the groups or the geometry.
    """
    x = floating("conv2d", "x", x, "N, C, H, W")
    w = matching("conv2d", "w", w, x, "F, C / groups, kh, kw")
    groups = checked_groups("conv2d", groups, x.shape[1], w.shape, "kh, kw")
    geometry = window_geometry("conv2d", x.shape[2:], w.shape[2:], stride, pad, dilation)
    b = bias("conv2d", b, x, (w.shape[0], *geometry.size))
    out = np.empty((x.shape[0], w.shape[0], *geometry.size), x.dtype)
    Correlation(x, _kernel_rows(w, groups), geometry, out, shift(b, out.shape[1:])).run()
    return out, Conv2dCache(x, w, b, geometry, groups)


@ieee
def conv2d_backward(dout: Array, cache: Conv2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients; out = w im2col(x) + b gives dx = col2im(w^T dout) and dw = dout im2col(x)^T.

    Parameters
    ----------
    dout : array (N, F, OH, OW)
        Gradient of the output.
    cache : Conv2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)
    dw : array (F, C / groups, kh, kw)
    db : array of b's shape, or None without a bias

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w, b, geometry, groups = cache
    dout = upstream("conv2d", dout, (x.shape[0], w.shape[0], *geometry.size), x.dtype)
    dx, dw = np.empty_like(x), np.empty_like(widen(w))
    data_gradient(dout, widen(w), geometry, groups, dx)
    WeightGradient(x, dout, geometry, groups).into(dw)
    return dx, as_result(dw, x.dtype), bias_gradient(widen(dout), b)


@ieee
def conv1d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Any = 1,
    pad: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> tuple[Array, Conv2dCache]:
    """Cross-correlate sequences with the kernels w: a convolution of images of one row.

    Parameters
    ----------
    x : array (N, C, L)
        Input.
    w : array (F, C / groups, k)
        Kernels.
    b : array (F,), optional
        Bias.
    stride, dilation : int or (int,)
        Step between windows and within a window.
    pad : int, (int,), (int, int) or ((int, int),)
        Zeros around x: on both sides, or before and after.
    groups : int
        Output channels are split into this many blocks, each seeing its own block of input channels.

    Returns
    -------
    out : array (N, F, OL)
        With OL = (L + before + after - dilation (k - 1) - 1) // stride + 1.
    cache : Conv2dCache
        That of the images.

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or a spatial argument is not made of ints.
    ValueError
        If the shapes do not fit each other, the groups or the geometry.
    """
    x = floating("conv1d", "x", x, "N, C, L")
    w = matching("conv1d", "w", w, x, "F, C / groups, k")
    groups = checked_groups("conv1d", groups, x.shape[1], w.shape, "k")
    if b is not None:
        b = shaped("conv1d", "b", b, x, w.shape[:1])
    images, kernels = x[:, :, None, :], w[:, :, None, :]
    steps, gaps = (1, single("conv1d", "stride", stride, 1)), (1, single("conv1d", "dilation", dilation, 1))
    sides = (0, 0), both_sides("conv1d", pad)
    geometry = window_geometry("conv1d", images.shape[2:], kernels.shape[2:], steps, sides, gaps)
    out = np.empty((x.shape[0], w.shape[0], *geometry.size), x.dtype)
    Correlation(images, _kernel_rows(kernels, groups), geometry, out, shift(b, out.shape[1:])).run()
    return out[:, :, 0], Conv2dCache(images, kernels, b, geometry, groups)


@ieee
def conv1d_backward(dout: Array, cache: Conv2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients: those of a convolution of images of one row.

    Parameters
    ----------
    dout : array (N, F, OL)
        Gradient of the output.
    cache : Conv2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, L)
    dw : array (F, C / groups, k)
    db : array (F,), or None without a bias

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w, b, geometry, groups = cache
    rows = upstream("conv1d", dout, (x.shape[0], w.shape[0], geometry.size[1]), x.dtype)[:, :, None, :]
    dx, dw = np.empty_like(x), np.empty_like(widen(w))
    data_gradient(rows, widen(w), geometry, groups, dx)
    WeightGradient(x, rows, geometry, groups).into(dw)
    return dx[:, :, 0], as_result(dw, x.dtype)[:, :, 0], bias_gradient(widen(rows), b)


def depthwise_conv2d_forward(
    x: Array, w: Array, b: Array | None = None, *, stride: Any = 1, pad: Any = 0, dilation: Any = 1
) -> tuple[Array, Conv2dCache]:
    """Cross-correlate each channel with kernels of its own: a convolution with as many groups as channels.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    w : array (C * m, 1, kh, kw)
        Kernels: m in a row for each channel.
    b : array (C * m,) or (C * m, OH, OW), optional
        Bias, shared over positions or one per position.
    stride, pad, dilation
        As for `conv2d_forward`.

    Returns
    -------
    out : array (N, C * m, OH, OW)
    cache : Conv2dCache

    Raises
    ------
    TypeError, ValueError
        As for `conv2d_forward`.
    """
    layer = "depthwise_conv2d"
    x = floating(layer, "x", x, "N, C, H, W")
    w = matching(layer, "w", w, x, "C * m, 1, kh, kw")
    channels = x.shape[1]
    if channels < 1 or w.shape[0] % channels or w.shape[1] != 1:
        raise ValueError(
            f"{layer}: w has shape {w.shape}; expected (m * {channels}, 1, kh, kw) for {channels} channels"
        )
    geometry = window_geometry(layer, x.shape[2:], w.shape[2:], stride, pad, dilation)
    b = bias(layer, b, x, (w.shape[0], *geometry.size))
    return conv2d_forward(x, w, b, stride=stride, pad=pad, dilation=dilation, groups=channels)


def depthwise_conv2d_backward(dout: Array, cache: Conv2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients: those of a convolution with as many groups as channels.

    Parameters
    ----------
    dout : array (N, C * m, OH, OW)
        Gradient of the output.
    cache : Conv2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)
    dw : array (C * m, 1, kh, kw)
    db : array of b's shape, or None without a bias

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w, _, geometry, _ = cache
    shape = x.shape[0], w.shape[0], *geometry.size
    return conv2d_backward(upstream("depthwise_conv2d", dout, shape, x.dtype), cache)


def checked_groups(layer: str, groups: int, C: int, w_shape: tuple[int, ...], kernel: str) -> int:
    """Return the number of groups, which divides the channels in and out, and fits the weights."""
    groups = integer(layer, "groups", groups, 1)
    if C % groups or w_shape[0] % groups:
        raise ValueError(
            f"{layer}: groups {groups} does not divide the channels, {C} in and {w_shape[0]} out"
        )
    if w_shape[1] * groups != C:
        raise ValueError(
            f"{layer}: w has shape {w_shape}; "
            f"expected (F, {C // groups}, {kernel}) for {C} channels in {groups} groups"
        )
    return groups


def _kernel_rows(w: Array, groups: int) -> Array:
    """Return w as (groups, F / groups, C / groups * kh * kw)."""
    F, channels, kh, kw = w.shape
    return widen(w).reshape(groups, F // groups, channels * kh * kw)


def shift(b: Array | None, shape: tuple[int, ...]) -> Array | None:
    """Return the bias `b`, (F,) or (F, OH, OW), broadcast to the images of one sample, (F, OH, OW)."""
    if b is None:
        return None
    return np.broadcast_to(b if b.ndim == 3 else b[:, None, None], shape)


def bias_gradient(dout: Array, b: Array | None) -> Array | None:
    """Return dout (N, F, OH, OW) summed over every axis along which `b` was repeated."""
    if b is None:
        return None
    return as_result(dout.sum(axis=0 if b.ndim == 3 else (0, 2, 3)), b.dtype)
