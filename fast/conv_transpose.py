"""Transposed convolution: the input gradient of a convolution, run as a forward pass.

V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter 4. Each input value
spreads over a window of the output. So the windows lie in the output here, and overlapping ones add up.
"""

from typing import Any, NamedTuple

import numpy as np

from .arguments import (
    Array,
    Pair,
    as_result,
    bias,
    floating,
    ieee,
    integer,
    matching,
    padding,
    pair,
    upstream,
    widen,
)
from .conv import bias_gradient, shift
from .engine.correlation import Correlation
from .engine.data_gradient import data_gradient
from .engine.weight_gradient import WeightGradient
from .geometry import Geometry, reach


class ConvTranspose2dCache(NamedTuple):
    """What the backward pass needs; `size` is (OH, OW), the size of the output."""

    x: Array
    w: Array
    b: Array | None
    geometry: Geometry
    groups: int
    size: Pair


@ieee
def conv_transpose2d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Any = 1,
    pad: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    output_pad: Any = 0,
) -> tuple[Array, ConvTranspose2dCache]:
    """Spread each value of x over a window of the output, weighted by w: out = col2im(w^T x) + b.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    w : array (C, F / groups, kh, kw)
        Kernels.
    b : array (F,) or (F, OH, OW), optional
        Bias, shared over positions or one per position.
    stride, dilation : int or (int, int)
        Step between windows and within a window, both in the output; (height, width).
    pad : int, (int, int) or ((int, int), (int, int))
        Rows and columns cut off the output: everywhere, (height, width) or ((top, bottom), (left, right)).
    groups : int
        Input channels are split into this many blocks, each feeding its own block of output channels.
    output_pad : int or (int, int)
        Rows and columns added at the bottom and the right; less than the stride or the dilation.

    Returns
    -------
    out : array (N, F, OH, OW)
        With OH = (H - 1) stride - top - bottom + dilation (kh - 1) + 1 + output_pad, and OW likewise.
    cache : ConvTranspose2dCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or a spatial argument is not made of ints.
    ValueError
        If the shapes do not fit each other, the groups or the geometry.
    """
    x = floating("conv_transpose2d", "x", x, "N, C, H, W")
    w = matching("conv_transpose2d", "w", w, x, "C, F / groups, kh, kw")
    groups = _checked_groups(integer("conv_transpose2d", "groups", groups, 1), x.shape[1], w.shape)
    geometry = _checked_geometry(x.shape[2:], w.shape[2:], stride, pad, dilation)
    size = _output_size(geometry, output_pad)
    F = w.shape[1] * groups
    b = bias("conv_transpose2d", b, x, (F, *size))
    out = np.empty((x.shape[0], F, *size), x.dtype)
    data_gradient(x, widen(w), geometry, groups, out, shift(b, out.shape[1:]))
    return out, ConvTranspose2dCache(x, w, b, geometry, groups, size)


@ieee
def conv_transpose2d_backward(dout: Array, cache: ConvTranspose2dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients; out = col2im(w^T x) + b gives dx = w im2col(dout) and dw = x im2col(dout)^T.

    Parameters
    ----------
    dout : array (N, F, OH, OW)
        Gradient of the output.
    cache : ConvTranspose2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)
    dw : array (C, F / groups, kh, kw)
    db : array of b's shape, or None without a bias

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w, b, geometry, groups, size = cache
    dout = upstream("conv_transpose2d", dout, (x.shape[0], w.shape[1] * groups, *size), x.dtype)
    dx, dw = np.empty_like(x), np.empty_like(widen(w))
    Correlation(dout, _kernel_rows(w, groups), geometry, dx).run()
    WeightGradient(dout, x, geometry, groups).into(dw)
    return dx, as_result(dw, x.dtype), bias_gradient(widen(dout), b)


def _checked_groups(groups: int, C: int, w_shape: tuple[int, ...]) -> int:
    if w_shape[0] != C:
        raise ValueError(
            f"conv_transpose2d: w has shape {w_shape}; expected ({C}, F / groups, kh, kw) for {C} channels"
        )
    if C % groups:
        raise ValueError(f"conv_transpose2d: groups {groups} does not divide the {C} input channels")
    return groups


def _checked_geometry(x_size: Pair, kernel: Pair, stride: Any, pad: Any, dilation: Any) -> Geometry:
    if 0 in x_size:
        raise ValueError(f"conv_transpose2d: x has images of {x_size[0]}x{x_size[1]}; expected at least 1x1")
    return Geometry(
        pair("conv_transpose2d", "kernel", kernel, 1),
        pair("conv_transpose2d", "stride", stride, 1),
        padding("conv_transpose2d", pad),
        pair("conv_transpose2d", "dilation", dilation, 1),
        x_size,
    )


def _output_size(geometry: Geometry, output_pad: Any) -> Pair:
    kernel, stride, pad, dilation, (H, W) = geometry
    bottom, right = pair("conv_transpose2d", "output_pad", output_pad, 0)
    if bottom >= max(stride[0], dilation[0]) or right >= max(stride[1], dilation[1]):
        raise ValueError(
            f"conv_transpose2d: output_pad {bottom}x{right} must be smaller than the stride "
            f"{stride[0]}x{stride[1]} or the dilation {dilation[0]}x{dilation[1]}"
        )
    kernel_height, kernel_width = reach(kernel, dilation)
    rows = (H - 1) * stride[0] + kernel_height + bottom - sum(pad[0])
    columns = (W - 1) * stride[1] + kernel_width + right - sum(pad[1])
    if rows < 1 or columns < 1:
        raise ValueError(
            f"conv_transpose2d: pad {pad} leaves an output of {rows}x{columns}; expected at least 1x1"
        )
    return rows, columns


def _kernel_rows(w: Array, groups: int) -> Array:
    """Return w as (groups, C / groups, F / groups * kh * kw)."""
    C, channels, kh, kw = w.shape
    return widen(w).reshape(groups, C // groups, channels * kh * kw)
