"""Two-dimensional convolution as one matrix product per group, by way of `im2col`."""

from typing import Any, NamedTuple

import numpy as np

from fast.arguments import Array, as_result, bias, floating, ieee, integer, matching, upstream, widen
from fast.geometry import Geometry, window_geometry
from fast.im2col import fold, unfold


class Conv2dCache(NamedTuple):
    """What the backward pass needs.

    It lays the columns out anew, rather than find them here: they take kh * kw times the memory of x.
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
    groups = _checked_groups(integer("conv2d", "groups", groups, 1), x.shape[1], w.shape)
    geometry = window_geometry("conv2d", x.shape[2:], w.shape[2:], stride, pad, dilation)
    b = bias("conv2d", b, x, (w.shape[0], *geometry.size))
    product = _kernel_rows(w, groups) @ grouped(unfold(x, geometry), groups)
    images = product.reshape(w.shape[0], x.shape[0], *geometry.size).swapaxes(0, 1)
    return with_bias(images, b, x.dtype), Conv2dCache(x, w, b, geometry, groups)


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
    dout = widen(upstream("conv2d", dout, (x.shape[0], w.shape[0], *geometry.size), x.dtype))
    dproduct = channel_rows(dout, groups)
    dcolumns = _kernel_rows(w, groups).swapaxes(1, 2) @ dproduct
    dw = dproduct @ grouped(unfold(x, geometry), groups).swapaxes(1, 2)
    dx = fold(dcolumns, x.shape, geometry)
    return as_result(dx, x.dtype), as_result(dw.reshape(w.shape), x.dtype), bias_gradient(dout, b)


def _checked_groups(groups: int, C: int, w_shape: tuple[int, ...]) -> int:
    if C % groups or w_shape[0] % groups:
        raise ValueError(f"conv2d: groups {groups} does not divide the channels, {C} in and {w_shape[0]} out")
    if w_shape[1] * groups != C:
        raise ValueError(
            f"conv2d: w has shape {w_shape}; "
            f"expected (F, {C // groups}, kh, kw) for {C} channels in {groups} groups"
        )
    return groups


def _kernel_rows(w: Array, groups: int) -> Array:
    """Return w as (groups, F / groups, C / groups * kh * kw)."""
    F, channels, kh, kw = w.shape
    return widen(w).reshape(groups, F // groups, channels * kh * kw)


def grouped(rows: Array, groups: int) -> Array:
    """Split the rows of a matrix into (groups, rows / groups, columns)."""
    return rows.reshape(groups, rows.shape[0] // groups, rows.shape[1])


def channel_rows(images: Array, groups: int) -> Array:
    """Return images (N, C, H, W) as (groups, C / groups, N * H * W)."""
    N, C, H, W = images.shape
    return images.swapaxes(0, 1).reshape(groups, C // groups, N * H * W)


def with_bias(images: Array, b: Array | None, dtype: np.dtype[Any]) -> Array:
    """Return freshly computed images (N, F, OH, OW) with `b`, (F,) or (F, OH, OW), added to every sample."""
    if b is None:
        return as_result(images, dtype)
    shift = b if b.ndim == 3 else b.reshape(-1, 1, 1)
    return np.add(images, shift, out=np.empty(images.shape, dtype), casting="same_kind")


def bias_gradient(dout: Array, b: Array | None) -> Array | None:
    """Return dout (N, F, OH, OW) summed over every axis along which `b` was repeated."""
    if b is None:
        return None
    return as_result(dout.sum(axis=0 if b.ndim == 3 else (0, 2, 3)), b.dtype)
