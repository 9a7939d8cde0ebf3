"""Maximum and average pooling over views of the windows; conventions are PyTorch's."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from fast.arguments import Array, Pair, as_result, floating, ieee, ordered, upstream, widen
from fast.geometry import Geometry, buffer_size, cropped, offsets, padded, window_geometry, windows


class MaxPool2dCache(NamedTuple):
    """`winner` (N, C, OH, OW) is the winning offset i * kw + j in each window, -1 where all was padding."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    geometry: Geometry
    winner: Array


class AvgPool2dCache(NamedTuple):
    """`divisor` (OH, OW) is the number of positions that each window divides by."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    geometry: Geometry
    divisor: Array


def max_pool2d_forward(
    x: Array, *, kernel: Any, stride: Any = None, pad: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Array, MaxPool2dCache]:
    """Take the largest value of every window.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input, real.
    kernel, stride, dilation : int or (int, int)
        Window size, step between windows (None: the window size) and within a window; (height, width).
    pad : int, (int, int) or ((int, int), (int, int))
        Positions around x that never win, at most half the (undilated) kernel, as in PyTorch:
        everywhere, (height, width) or ((top, bottom), (left, right)).
    ceil_mode : bool
        Round the number of windows up, if the last one starts inside the input or the padding before it.

    Returns
    -------
    out : array (N, C, OH, OW)
        NaN where a window holds one, -inf where it holds no real position.
    cache : MaxPool2dCache

    Raises
    ------
    TypeError
        If the dtype of x is not real floating, or a spatial argument is not made of ints.
    ValueError
        If x does not have four axes or the geometry is impossible.
    """
    x = ordered("max_pool2d", "x", x, "N, C, H, W")
    geometry = _pool_geometry("max_pool2d", x, kernel, stride, pad, dilation, ceil_mode)
    shape = (*x.shape[:2], *geometry.size)
    view = windows(padded(x, geometry, -np.inf), geometry).transpose(0, 1, 4, 5, 2, 3)
    candidates = view.reshape(prod(shape), prod(geometry.kernel))
    winner = candidates.argmax(axis=1)
    out = candidates[np.arange(len(winner)), winner].reshape(shape)
    # A window of nothing but -inf ties with its padding, which may come first but must not win.
    winner = np.where(out == -np.inf, _first_real(x.shape[2:], geometry), winner.reshape(shape))
    return out, MaxPool2dCache(x.shape, x.dtype, geometry, winner)


@ieee
def max_pool2d_backward(dout: Array, cache: MaxPool2dCache) -> Array:
    """Give each gradient to the first largest position of its window; where windows overlap they add up.

    Parameters
    ----------
    dout : array (N, C, OH, OW)
        Gradient of the output.
    cache : MaxPool2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    shape, dtype, geometry, winner = cache
    dout = widen(upstream("max_pool2d", dout, winner.shape, dtype))
    total = np.zeros((*shape[:2], *buffer_size(shape[2:], geometry)), dout.dtype)
    for i, j, rows, columns in offsets(geometry):
        # Selecting, not multiplying by the mask: infinity times 0 would be NaN.
        total[:, :, rows, columns] += np.where(winner == i * geometry.kernel[1] + j, dout, 0)
    return as_result(cropped(total, shape[2:], geometry), dtype)


@ieee
def avg_pool2d_forward(
    x: Array,
    *,
    kernel: Any,
    stride: Any = None,
    pad: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, AvgPool2dCache]:
    """Take the mean of every window.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    kernel, stride : int or (int, int)
        Window size and step between windows (None: the window size); (height, width).
    pad : int, (int, int) or ((int, int), (int, int))
        Zeros around x, at most half the kernel: everywhere, (height, width) or
        ((top, bottom), (left, right)).
    ceil_mode : bool
        Round the number of windows up, if the last one starts inside the input or the padding before it.
    count_include_pad : bool
        Divide by the number of positions in the padded input, not only in the real one. What hangs over the
        padding's edge in `ceil_mode` never counts.

    Returns
    -------
    out : array (N, C, OH, OW)
    cache : AvgPool2dCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating, or a spatial argument is not made of ints.
    ValueError
        If x does not have four axes or the geometry is impossible.
    """
    x = floating("avg_pool2d", "x", x, "N, C, H, W")
    geometry = _pool_geometry("avg_pool2d", x, kernel, stride, pad, 1, ceil_mode)
    high, wide = (
        _counts(x.shape[2 + axis], geometry, axis, geometry.pad[axis] if count_include_pad else (0, 0))
        for axis in (0, 1)
    )
    total = windows(padded(widen(x), geometry), geometry).sum(axis=(2, 3))
    # In the sum's dtype: an integer count would turn single precision into double.
    divisor = np.multiply.outer(high, wide).astype(total.dtype)
    return as_result(total / divisor, x.dtype), AvgPool2dCache(x.shape, x.dtype, geometry, divisor)


@ieee
def avg_pool2d_backward(dout: Array, cache: AvgPool2dCache) -> Array:
    """Spread each gradient evenly over its window; where windows overlap the shares add up.

    Parameters
    ----------
    dout : array (N, C, OH, OW)
        Gradient of the output.
    cache : AvgPool2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    shape, dtype, geometry, divisor = cache
    share = upstream("avg_pool2d", dout, (*shape[:2], *geometry.size), dtype) / divisor
    total = np.zeros((*shape[:2], *buffer_size(shape[2:], geometry)), share.dtype)
    for _, _, rows, columns in offsets(geometry):
        total[:, :, rows, columns] += share
    return as_result(cropped(total, shape[2:], geometry), dtype)


def _pool_geometry(
    layer: str, x: Array, kernel: Any, stride: Any, pad: Any, dilation: Any, ceil_mode: bool
) -> Geometry:
    stride = kernel if stride is None else stride
    geometry = window_geometry(layer, x.shape[2:], kernel, stride, pad, dilation, ceil_mode)
    height, width = geometry.kernel
    if max(geometry.pad[0]) > height // 2 or max(geometry.pad[1]) > width // 2:
        raise ValueError(f"{layer}: pad {geometry.pad} is more than half the kernel {height}x{width}")
    return geometry


def _first_real(x_size: tuple[int, ...], geometry: Geometry) -> Array:
    """Return (OH, OW): the first offset i * kw + j in each window that is not padding, -1 where all are."""
    i, has_row = _first_real_along(x_size, geometry, 0)
    j, has_column = _first_real_along(x_size, geometry, 1)
    return np.where(has_row[:, None] & has_column, i[:, None] * geometry.kernel[1] + j, -1)


def _first_real_along(x_size: tuple[int, ...], geometry: Geometry, axis: int) -> tuple[Array, Array]:
    start = _starts(geometry, axis)
    dilation = geometry.dilation[axis]
    # The least i >= 0 with start + dilation * i >= 0.
    first = np.maximum(-(start // dilation), 0)
    return first, (first < geometry.kernel[axis]) & (start + dilation * first < x_size[axis])


def _counts(length: int, geometry: Geometry, axis: int, pad: Pair) -> Array:
    """Return how many positions of each window lie in the input extended by `pad`, along one axis."""
    start = _starts(geometry, axis)
    end = np.minimum(start + geometry.kernel[axis], length + pad[1])
    counts: Array = end - np.maximum(start, -pad[0])
    return counts


def _starts(geometry: Geometry, axis: int) -> Array:
    """Return where each window starts, in the coordinates of the input without padding."""
    return np.arange(geometry.size[axis]) * geometry.stride[axis] - geometry.pad[axis][0]
