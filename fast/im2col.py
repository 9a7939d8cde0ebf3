"""Windows as columns: with them, a convolution is one matrix product.

After K. Chellapilla, S. Puri and P. Simard, "High Performance Convolutional Neural Networks for Document
Processing" (2006). The two functions are linear and each other's transpose: for all x and columns,
``sum(im2col(x) * columns) == sum(x * col2im(columns))``.
"""

from typing import Any

import numpy as np

from .arguments import Array
from .geometry import Geometry, buffer_size, cropped, offsets, padded, window_geometry, windows


def im2col(x: Array, kernel: Any, *, stride: Any = 1, pad: Any = 0, dilation: Any = 1) -> Array:
    """Lay out every window of x as a column.

    Parameters
    ----------
    x : array (N, C, H, W)
        Images, of any dtype.
    kernel, stride, dilation : int or (int, int)
        Window size, step between windows, step within a window; (height, width).
    pad : int, (int, int) or ((int, int), (int, int))
        Zeros around each image: everywhere, (height, width) or ((top, bottom), (left, right)).

    Returns
    -------
    array (C * kh * kw, N * OH * OW)
        Row (c, i, j), as in ``w.reshape(F, -1)``, and column (n, oh, ow) hold
        ``x_padded[n, c, stride * oh + dilation * i, stride * ow + dilation * j]``.

    Raises
    ------
    TypeError
        If a spatial argument is not made of ints.
    ValueError
        If x does not have four axes or the kernel does not fit.
    """
    x = np.asarray(x)
    return unfold(x, window_geometry("im2col", _image_size("im2col", x.shape), kernel, stride, pad, dilation))


def col2im(
    columns: Array,
    x_shape: tuple[int, ...],
    kernel: Any,
    *,
    stride: Any = 1,
    pad: Any = 0,
    dilation: Any = 1,
) -> Array:
    """Add every column back to where `im2col` read it; where windows overlap, the values add up.

    Parameters
    ----------
    columns : array (C * kh * kw, N * OH * OW)
        What `im2col` returns, or a gradient of it.
    x_shape : (N, C, H, W)
        The shape of the images.
    kernel, stride, pad, dilation
        As for `im2col`.

    Returns
    -------
    array (N, C, H, W)
        The sums; those in the padding are dropped.

    Raises
    ------
    TypeError
        If a spatial argument is not made of ints.
    ValueError
        If `x_shape` does not have four entries, the kernel does not fit or `columns` has another shape.
    """
    columns = np.asarray(columns)
    geometry = window_geometry("col2im", _image_size("col2im", x_shape), kernel, stride, pad, dilation)
    (kh, kw), (OH, OW) = geometry.kernel, geometry.size
    expected = (x_shape[1] * kh * kw, x_shape[0] * OH * OW)
    if columns.shape != expected:
        raise ValueError(f"col2im: columns has shape {columns.shape}; expected {expected}")
    return fold(columns, x_shape, geometry)


def _image_size(name: str, shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) != 4:
        raise ValueError(f"{name}: x has shape {shape}; expected (N, C, H, W)")
    return shape[2], shape[3]


def unfold(x: Array, geometry: Geometry) -> Array:
    """Return `im2col` for a geometry that is already checked."""
    N, C = x.shape[:2]
    (kh, kw), (OH, OW) = geometry.kernel, geometry.size
    view = windows(padded(x, geometry), geometry).transpose(1, 2, 3, 0, 4, 5)
    # Without the copy, the result for a 1x1 kernel would be a view of x.
    return view.copy().reshape(C * kh * kw, N * OH * OW)


def fold(columns: Array, x_shape: tuple[int, ...], geometry: Geometry) -> Array:
    """Return `col2im` for a geometry that is already checked."""
    N, C, H, W = x_shape
    patches = columns.reshape(C, *geometry.kernel, N, *geometry.size)
    total = np.zeros((N, C, *buffer_size((H, W), geometry)), columns.dtype)
    for i, j, rows, cols in offsets(geometry):
        total[:, :, rows, cols] += patches[:, i, j].swapaxes(0, 1)
    return np.ascontiguousarray(cropped(total, (H, W), geometry))
