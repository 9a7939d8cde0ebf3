"""Three-dimensional convolution: one matrix product a group, once the windows of x are laid out as columns."""

import math
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .arguments import (
    Array,
    Pair,
    as_result,
    floating,
    ieee,
    matching,
    shaped,
    triple,
    triple_padding,
    upstream,
    widen,
)
from .conv import checked_groups

Triple = tuple[int, int, int]


class Boxes(NamedTuple):
    """The windows in one volume: (depth, height, width) of the kernel, the steps, and the number of windows."""

    kernel: Triple
    stride: Triple
    pad: tuple[Pair, Pair, Pair]
    dilation: Triple
    size: Triple


class Conv3dCache(NamedTuple):
    """What the backward pass needs; it lays out the columns again, because they take the memory of many x."""

    x: Array
    w: Array
    b: Array | None
    boxes: Boxes
    groups: int


@ieee
def conv3d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Any = 1,
    pad: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> tuple[Array, Conv3dCache]:
    """Cross-correlate volumes with the kernels w.

    Parameters
    ----------
    x : array (N, C, D, H, W)
        Input.
    w : array (F, C / groups, kd, kh, kw)
        Kernels.
    b : array (F,), optional
        Bias.
    stride, dilation : int or (int, int, int)
        Step between windows and within a window; (depth, height, width).
    pad : int, (int, int, int) or three pairs
        Zeros around x: everywhere, (depth, height, width) or ((front, back), (top, bottom), (left, right)).
    groups : int
        Output channels are split into this many blocks, each seeing its own block of input channels.

    Returns
    -------
    out : array (N, F, OD, OH, OW)
        With OD = (D + front + back - dilation (kd - 1) - 1) // stride + 1, and the others likewise.
    cache : Conv3dCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or a spatial argument is not made of ints.
    ValueError
        If the shapes do not fit each other, the groups or the geometry.
    """
    x = floating("conv3d", "x", x, "N, C, D, H, W")
    w = matching("conv3d", "w", w, x, "F, C / groups, kd, kh, kw")
    groups = checked_groups("conv3d", groups, x.shape[1], w.shape, "kd, kh, kw")
    boxes = _boxes(x.shape[2:], w.shape[2:], stride, pad, dilation)
    if b is not None:
        b = shaped("conv3d", "b", b, x, w.shape[:1])
    products = _rows(w, groups) @ _columns(_padded(widen(x), boxes), boxes, groups)
    out = np.moveaxis(products.reshape(w.shape[0], x.shape[0], *boxes.size), 0, 1)
    if b is not None:
        out = out + widen(b)[:, None, None, None]
    return as_result(out, x.dtype), Conv3dCache(x, w, b, boxes, groups)


@ieee
def conv3d_backward(dout: Array, cache: Conv3dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients: dw = dout columns^T, and dx has the columns w^T dout, each added where it was read.

    Parameters
    ----------
    dout : array (N, F, OD, OH, OW)
        Gradient of the output.
    cache : Conv3dCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, D, H, W)
    dw : array (F, C / groups, kd, kh, kw)
    db : array (F,), or None without a bias

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w, b, boxes, groups = cache
    dout = widen(upstream("conv3d", dout, (x.shape[0], w.shape[0], *boxes.size), x.dtype))
    upstream_rows = np.moveaxis(dout, 1, 0).reshape(groups, w.shape[0] // groups, -1)
    buffer = _padded(widen(x), boxes)
    dw = (upstream_rows @ _columns(buffer, boxes, groups).swapaxes(1, 2)).reshape(w.shape)
    dcolumns = _rows(w, groups).swapaxes(1, 2) @ upstream_rows
    total = np.zeros(buffer.shape, dout.dtype)
    patches = dcolumns.reshape(x.shape[1], math.prod(boxes.kernel), x.shape[0], *boxes.size)
    for number, tap in enumerate(product(*map(range, boxes.kernel))):
        total[_read_at(tap, boxes)] += patches[:, number].swapaxes(0, 1)
    db = None if b is None else as_result(dout.sum(axis=(0, 2, 3, 4)), b.dtype)
    return as_result(_inside(total, x.shape[2:], boxes), x.dtype), as_result(dw, x.dtype), db


def _boxes(sizes: tuple[int, ...], kernel: Any, stride: Any, pad: Any, dilation: Any) -> Boxes:
    """Check the spatial arguments and count the windows."""
    kernel = triple("conv3d", "kernel", kernel, 1)
    stride, dilation = triple("conv3d", "stride", stride, 1), triple("conv3d", "dilation", dilation, 1)
    pads = triple_padding("conv3d", pad)
    if min(sizes) < 1:
        raise ValueError(f"conv3d: x has extents of {_by(sizes)}; expected at least 1x1x1")
    reach = [step * (extent - 1) + 1 for step, extent in zip(dilation, kernel, strict=True)]
    room = [size + sum(sides) for size, sides in zip(sizes, pads, strict=True)]
    if any(far > free for far, free in zip(reach, room, strict=True)):
        raise ValueError(f"conv3d: kernel {_by(reach)} is larger than the padded input {_by(room)}")
    depth, height, width = (
        (free - far) // step + 1 for free, far, step in zip(room, reach, stride, strict=True)
    )
    return Boxes(kernel, stride, pads, dilation, (depth, height, width))


def _by(extents: Any) -> str:
    return "x".join(map(str, extents))


def _padded(x: Array, boxes: Boxes) -> Array:
    return np.pad(x, ((0, 0), (0, 0), *boxes.pad))


def _inside(buffer: Array, sizes: tuple[int, ...], boxes: Boxes) -> Array:
    """Return what is left of a padded buffer without its padding."""
    spans = (slice(before, before + size) for (before, _), size in zip(boxes.pad, sizes, strict=True))
    return buffer[:, :, *spans]


def _read_at(tap: tuple[int, ...], boxes: Boxes) -> tuple[slice, ...]:
    """Return what all windows read at one tap of the kernel."""
    starts = [step * at for step, at in zip(boxes.dilation, tap, strict=True)]
    spans = (
        slice(start, start + step * count, step)
        for start, step, count in zip(starts, boxes.stride, boxes.size, strict=True)
    )
    return (slice(None), slice(None), *spans)


def _rows(w: Array, groups: int) -> Array:
    """Return w as (groups, F / groups, C / groups * kd * kh * kw)."""
    return widen(w).reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def _columns(buffer: Array, boxes: Boxes, groups: int) -> Array:
    """Return the windows in a padded buffer as (groups, C / groups * kd * kh * kw, N * OD * OH * OW)."""
    N, C = buffer.shape[:2]
    down = buffer.strides[2:]
    within = [stride * step for stride, step in zip(down, boxes.dilation, strict=True)]
    between = [stride * step for stride, step in zip(down, boxes.stride, strict=True)]
    view = as_strided(
        buffer,
        (C, *boxes.kernel, N, *boxes.size),
        (buffer.strides[1], *within, buffer.strides[0], *between),
        writeable=False,
    )
    return view.reshape(groups, C // groups * math.prod(boxes.kernel), N * math.prod(boxes.size))
