"""Maximum and average pooling; conventions are those of PyTorch.

Sliding windows are laid out as columns. The windows of an adaptive pooling are sums of rows, and then of columns.
"""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, Pair, as_result, floating, ieee, ordered, pair, upstream, wide, widen
from .engine.blocks import Block
from .engine.pieces import in_pieces
from .engine.planes import over_windows, planes
from .engine.winners import Winners
from .geometry import Geometry, buffer_size, cropped, offsets, starts, window_geometry


class MaxPool2dCache(NamedTuple):
    """`winner` (N, C, OH, OW) is the flat index into x of each window's winner; -1 if the window is all padding."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    winner: Array


class AvgPool2dCache(NamedTuple):
    """`divisor` (OH, OW) is the number by which each window's sum is divided."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    geometry: Geometry
    divisor: Array


class GlobalAvgPool2dCache(NamedTuple):
    """The shape and dtype of x."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class AdaptiveAvgPool2dCache(NamedTuple):
    """The shape and dtype of x, which rows and columns belong to a window, (OH, H) and (OW, W), and its size."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    down: Array
    across: Array
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
    out = np.empty((*x.shape[:2], *geometry.size), x.dtype)
    winner = np.empty(out.shape, np.intp)
    values, places, winners = planes(out), planes(winner), Winners(x.shape[2:], geometry)

    def reduce(columns: Array, block: Block) -> None:
        largest = columns.max(axis=0)
        where = winners(columns, largest, block)
        values[block.samples, block.rows] = largest.reshape(where.shape)
        places[block.samples, block.rows] = where

    over_windows(x, geometry, x.dtype, -np.inf, reduce)
    return out, MaxPool2dCache(x.shape, x.dtype, winner)


@ieee
def max_pool2d_backward(dout: Array, cache: MaxPool2dCache) -> Array:
    """Give each gradient to the first maximum of its window; where windows overlap, gradients add up.

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
    shape, dtype, winner = cache
    dout = widen(upstream("max_pool2d", dout, winner.shape, dtype))
    total = np.empty(shape, dout.dtype)
    targets, sources, places = planes(total), planes(dout), planes(winner)

    def scatter(some: slice) -> None:
        where, gradients = places[some].ravel(), sources[some].ravel()
        real = where >= 0
        if not real.all():
            where, gradients = where[real], gradients[real]
        targets[some] = 0  # here, in the thread that adds to it, while the piece is in its cache
        np.add.at(total.ravel(), where, gradients)

    in_pieces(scatter, len(targets), total.nbytes)
    return as_result(total, dtype)


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
        Divide by the number of positions in the padded input, instead of the input alone. Positions beyond the padding
        (in `ceil_mode`) never count.

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
    down, across = (
        _counts(x.shape[2 + axis], geometry, axis, geometry.pad[axis] if count_include_pad else (0, 0))
        for axis in (0, 1)
    )
    # In the sum's dtype: NumPy would promote single precision divided by an integer array to double.
    divisor = np.multiply.outer(down, across).astype(wide(x.dtype))
    out = np.empty((*x.shape[:2], *geometry.size), x.dtype)
    values = planes(out)

    def average(columns: Array, block: Block) -> None:
        part = values[block.samples, block.rows]
        total = columns.sum(axis=0).reshape(part.shape)
        np.divide(total, divisor[block.rows], out=part, casting="same_kind")

    over_windows(x, geometry, divisor.dtype, 0.0, average)
    return out, AvgPool2dCache(x.shape, x.dtype, geometry, divisor)


@ieee
def avg_pool2d_backward(dout: Array, cache: AvgPool2dCache) -> Array:
    """Spread each gradient evenly over its window; where windows overlap, the shares add up.

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
    dout = upstream("avg_pool2d", dout, (*shape[:2], *geometry.size), dtype)
    dx = np.empty(shape, dtype)
    targets, sources = planes(dx), planes(dout)
    size = buffer_size(shape[2:], geometry)

    def spread_out(some: slice) -> None:
        share = sources[some] / divisor
        total = np.zeros((len(share), *size), share.dtype)
        for _, _, rows, columns in offsets(geometry):
            total[:, rows, columns] += share
        targets[some] = cropped(total, shape[2:], geometry)

    in_pieces(spread_out, len(targets), dx.nbytes)
    return dx


@ieee
def global_avg_pool2d_forward(x: Array) -> tuple[Array, GlobalAvgPool2dCache]:
    """Take the mean of every plane.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.

    Returns
    -------
    out : array (N, C)
    cache : GlobalAvgPool2dCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    ValueError
        If x does not have four axes, or its images are empty.
    """
    x = floating("global_avg_pool2d", "x", x, "N, C, H, W")
    _refuse_empty("global_avg_pool2d", x)
    sums = widen(x).sum(axis=(2, 3))
    return as_result(sums / sums.dtype.type(x.shape[2] * x.shape[3]), x.dtype), GlobalAvgPool2dCache(
        x.shape, x.dtype
    )


@ieee
def global_avg_pool2d_backward(dout: Array, cache: GlobalAvgPool2dCache) -> Array:
    """Spread each gradient evenly over its plane.

    Parameters
    ----------
    dout : array (N, C)
        Gradient of the output.
    cache : GlobalAvgPool2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    shape, dtype = cache
    dout = widen(upstream("global_avg_pool2d", dout, shape[:2], dtype))
    share = dout / dout.dtype.type(shape[2] * shape[3])
    return np.broadcast_to(as_result(share, dtype)[:, :, None, None], shape).copy()


@ieee
def adaptive_avg_pool2d_forward(x: Array, *, output_size: Any) -> tuple[Array, AdaptiveAvgPool2dCache]:
    """Take the mean of as many windows as the output is to have.

    Window i of n along an axis of length L covers floor(i L / n) to ceil((i + 1) L / n), as in PyTorch.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    output_size : int or (int, int)
        (OH, OW).

    Returns
    -------
    out : array (N, C, OH, OW)
    cache : AdaptiveAvgPool2dCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating, or the size is not made of ints.
    ValueError
        If x does not have four axes, its images are empty, or the size is.
    """
    x = floating("adaptive_avg_pool2d", "x", x, "N, C, H, W")
    size = pair("adaptive_avg_pool2d", "output_size", output_size, 1)
    _refuse_empty("adaptive_avg_pool2d", x)
    down, across = (_members(length, count) for length, count in zip(x.shape[2:], size, strict=True))
    rows = np.add.reduceat(_repeated(widen(x), 2, down), _firsts(down), axis=2)
    sums = np.add.reduceat(_repeated(rows, 3, across), _firsts(across), axis=3)
    divisor = np.multiply.outer(down.sum(axis=1), across.sum(axis=1)).astype(sums.dtype)
    return as_result(sums / divisor, x.dtype), AdaptiveAvgPool2dCache(x.shape, x.dtype, down, across, divisor)


@ieee
def adaptive_avg_pool2d_backward(dout: Array, cache: AdaptiveAvgPool2dCache) -> Array:
    """Spread each gradient evenly over its window; where windows overlap, the shares add up.

    Parameters
    ----------
    dout : array (N, C, OH, OW)
        Gradient of the output.
    cache : AdaptiveAvgPool2dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    shape, dtype, down, across, divisor = cache
    share = widen(upstream("adaptive_avg_pool2d", dout, (*shape[:2], *divisor.shape), dtype)) / divisor
    # By the transposes: entry h gets the shares of the windows that it is in.
    rows = np.add.reduceat(_repeated(share, 2, down.T), _firsts(down.T), axis=2)
    return as_result(np.add.reduceat(_repeated(rows, 3, across.T), _firsts(across.T), axis=3), dtype)


def _members(length: int, count: int) -> Array:
    """Return which entries of an axis belong to each of `count` windows, as booleans (count, length)."""
    index, entry = np.arange(count)[:, None], np.arange(length)
    belongs: Array = (index * length // count <= entry) & (entry * count < (index + 1) * length)
    return belongs


def _repeated(x: Array, axis: int, members: Array) -> Array:
    """Return x with the members of each set in a row along an axis; an entry is there for each of its sets."""
    return x.take(np.nonzero(members)[1], axis)


def _firsts(members: Array) -> Array:
    """Return where each set begins, if the members of all are in a row."""
    counts = members.sum(axis=1)
    starts: Array = np.cumsum(counts) - counts
    return starts


def _refuse_empty(layer: str, x: Array) -> None:
    height, width = x.shape[2:]
    if height < 1 or width < 1:
        raise ValueError(f"{layer}: x has images of {height}x{width}; expected at least 1x1")


def _pool_geometry(
    layer: str, x: Array, kernel: Any, stride: Any, pad: Any, dilation: Any, ceil_mode: bool
) -> Geometry:
    stride = kernel if stride is None else stride
    geometry = window_geometry(layer, x.shape[2:], kernel, stride, pad, dilation, ceil_mode)
    height, width = geometry.kernel
    if max(geometry.pad[0]) > height // 2 or max(geometry.pad[1]) > width // 2:
        raise ValueError(f"{layer}: pad {geometry.pad} is more than half the kernel {height}x{width}")
    return geometry


def _counts(length: int, geometry: Geometry, axis: int, pad: Pair) -> Array:
    """Return, along one axis, how many positions of each window lie in the input extended by `pad`."""
    start = starts(geometry, axis)
    end = np.minimum(start + geometry.kernel[axis], length + pad[1])
    counts: Array = end - np.maximum(start, -pad[0])
    return counts
