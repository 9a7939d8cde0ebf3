"""Where the windows of a convolution or a pooling lie: sizes, offsets and views."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .arguments import Array, Pair, padding, pair


class Geometry(NamedTuple):
    """The windows over one image; every pair is (height, width).

    Window (oh, ow) reads, in padded coordinates, the rows ``stride * oh + dilation * i`` for i < kh, and the
    columns likewise.
    """

    kernel: Pair
    stride: Pair
    pad: tuple[Pair, Pair]
    dilation: Pair
    size: Pair
    """The number of window positions, (OH, OW)."""


def reach(kernel: Pair, dilation: Pair) -> Pair:
    """Return the extent of a dilated kernel, d (k - 1) + 1."""
    return dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1


def window_geometry(
    layer: str,
    x_size: tuple[int, ...],
    kernel: Any,
    stride: Any,
    pad: Any,
    dilation: Any,
    ceil_mode: bool = False,
) -> Geometry:
    """Check the spatial arguments and count the windows.

    Along an axis there are (H + before + after - reach) // stride + 1. With `ceil_mode` the division rounds up, and
    the last window is dropped unless it starts inside the input or the padding before it, as in PyTorch.

    Raises
    ------
    TypeError
        If a spatial argument is not made of ints.
    ValueError
        If one is out of range, the input is empty, or the kernel does not fit into the padded input.
    """
    kernel = pair(layer, "kernel", kernel, 1)
    stride = pair(layer, "stride", stride, 1)
    pad = padding(layer, pad)
    dilation = pair(layer, "dilation", dilation, 1)
    height, width = x_size
    if height < 1 or width < 1:
        raise ValueError(f"{layer}: x has images of {height}x{width}; expected at least 1x1")
    kernel_height, kernel_width = reach(kernel, dilation)
    rows = _positions(height, pad[0], kernel_height, stride[0], ceil_mode)
    columns = _positions(width, pad[1], kernel_width, stride[1], ceil_mode)
    if rows < 1 or columns < 1:
        raise ValueError(
            f"{layer}: kernel {kernel_height}x{kernel_width} is larger than the padded input "
            f"{height + sum(pad[0])}x{width + sum(pad[1])}"
        )
    return Geometry(kernel, stride, pad, dilation, (rows, columns))


def _positions(length: int, pad: Pair, reach: int, stride: int, ceil_mode: bool) -> int:
    room = length + pad[0] + pad[1] - reach
    if not ceil_mode:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= length + pad[0] else count


def starts(geometry: Geometry, axis: int) -> Array:
    """Return where each window starts along an axis, in the coordinates of the input without padding."""
    return np.arange(geometry.size[axis]) * geometry.stride[axis] - geometry.pad[axis][0]


def buffer_size(x_size: tuple[int, ...], geometry: Geometry) -> Pair:
    """Return the size of a buffer that holds the leading padding, the input, and every window.

    It may be larger than the padded input, in `ceil_mode`, or smaller, if the stride leaves padding unread.
    """
    (height, width), (_, stride, pad, _, size) = x_size, geometry
    kernel_height, kernel_width = reach(geometry.kernel, geometry.dilation)
    return (
        max(pad[0][0] + height, stride[0] * (size[0] - 1) + kernel_height),
        max(pad[1][0] + width, stride[1] * (size[1] - 1) + kernel_width),
    )


def padded(x: Array, geometry: Geometry, value: float = 0.0) -> Array:
    """Return x (N, C, H, W) with padding that holds `value`; x itself if no window reads any padding."""
    N, C, H, W = x.shape
    size = buffer_size((H, W), geometry)
    if size == (H, W):
        return x
    buffer = np.full((N, C, *size), value, x.dtype)
    cropped(buffer, (H, W), geometry)[...] = x
    return buffer


def cropped(buffer: Array, x_size: tuple[int, ...], geometry: Geometry) -> Array:
    """Return the view of a padded `buffer` that holds the input."""
    (top, _), (left, _) = geometry.pad
    return buffer[..., top : top + x_size[0], left : left + x_size[1]]


def windows(buffer: Array, geometry: Geometry) -> Array:
    """Return a read-only view (N, C, kh, kw, OH, OW) of the windows in a padded `buffer` (N, C, H', W')."""
    N, C = buffer.shape[:2]
    across_samples, across_channels, down, right = buffer.strides
    kernel, stride, _, dilation, size = geometry
    return as_strided(
        buffer,
        (N, C, *kernel, *size),
        (
            across_samples,
            across_channels,
            down * dilation[0],
            right * dilation[1],
            down * stride[0],
            right * stride[1],
        ),
        writeable=False,
    )


def offsets(geometry: Geometry) -> Iterator[tuple[int, int, slice, slice]]:
    """Yield, for each kernel offset (i, j), the rows and columns that all windows read there."""
    kernel, stride, _, dilation, size = geometry
    for i in range(kernel[0]):
        top = dilation[0] * i
        rows = slice(top, top + stride[0] * size[0], stride[0])
        for j in range(kernel[1]):
            left = dilation[1] * j
            yield i, j, rows, slice(left, left + stride[1] * size[1], stride[1])
