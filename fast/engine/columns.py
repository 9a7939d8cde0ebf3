"""Lay out the windows of a block as columns, in memory that the next block reuses."""

import threading
from math import prod
from typing import Any

import numpy as np

from ..arguments import Array, Pair
from ..geometry import Geometry, reach
from .blocks import Block

_own = threading.local()
"""Memory that each thread allocates once and reuses: a fresh page costs more time than writing to it."""


class Scratch:
    """A piece of this thread's memory, for use while one layer runs.

    Parameters
    ----------
    purpose : str
        Pieces for the same purpose are the same memory: only one of them may be in use at a time.
    dtype : dtype
        The dtype of the arrays that `take` returns.
    """

    def __init__(self, purpose: str, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._purpose = purpose

    def take(self, *shape: int) -> Array:
        """Return an array of that shape with arbitrary content. It overwrites the array that was returned before."""
        size = prod(shape) * self.dtype.itemsize
        memory: Array | None = getattr(_own, self._purpose, None)
        if memory is None or memory.size < size:
            memory = np.empty(size, np.uint8)
            setattr(_own, self._purpose, memory)
        taken: Array = memory[:size].view(self.dtype).reshape(shape)
        return taken


class Columns:
    """`im2col`, block by block: call it with a block to get (channels * kh * kw, samples * rows * OW).

    With `apart`, each sample has its own columns: (samples, channels * kh * kw, rows * OW). The next call overwrites
    the result. For a 1x1 kernel the result may be a view of x.

    Parameters
    ----------
    x : array (N, C, H, W)
        C-contiguous images.
    geometry : Geometry
        The windows over them; a negative padding leaves out rows or columns of x.
    dtype : dtype
        The dtype to compute in; that of x, or a wider one.
    value : float
        The value of the padding.
    """

    def __init__(self, x: Array, geometry: Geometry, dtype: np.dtype[Any], value: float = 0.0) -> None:
        self._x = x
        self._geometry = geometry
        self._dtype = dtype
        self._columns = Scratch("columns", dtype)
        self._padded = Padded(x, dtype, value)

    def __call__(self, block: Block, *, apart: bool = False) -> Array:
        """Return the columns of a block: its samples side by side or, with `apart`, each by itself."""
        (kh, kw), (sh, sw), _, (dh, dw), (_, OW) = self._geometry
        n, c, r = block.shape
        top, left = self._corner(block)
        height, width = reach((kh, kw), (dh, dw))
        extent = sh * (r - 1) + height, sw * (OW - 1) + width
        inside = top >= 0 and left >= 0 and top + extent[0] <= self._x.shape[2]
        inside = inside and left + extent[1] <= self._x.shape[3]
        if inside and (n == 1 or apart) and self._is_plain(OW):
            plain = self._x[block.samples, block.channels, top : top + r]
            return plain.reshape((n, c, r * OW) if apart else (c, r * OW))
        if inside:
            source, start = self._x, (block.samples.start, block.channels.start, top, left)
        else:
            source, start = self._padded.window(block, (top, left), extent), (0, 0, 0, 0)
        across, along, down, right = source.strides
        # as_strided would build the same view, but takes several times as long, for every block.
        windows: Array = np.ndarray(
            (c, kh, kw, n, r, OW),
            source.dtype,
            source,
            sum(index * step for index, step in zip(start, source.strides, strict=True)),
            (along, down * dh, right * dw, across, down * sh, right * sw),
        )
        if apart:
            windows = windows.transpose(3, 0, 1, 2, 4, 5)
        columns = self._columns.take(*windows.shape)
        columns[...] = windows
        terms = c * kh * kw
        return columns.reshape((n, terms, r * OW) if apart else (terms, n * r * OW))

    def _corner(self, block: Block) -> Pair:
        """Return the first row and column of a block's windows, in the coordinates of x."""
        _, stride, pad, _, _ = self._geometry
        return block.rows.start * stride[0] - pad[0][0], -pad[1][0]

    def _is_plain(self, OW: int) -> bool:
        """Return whether the columns are the images themselves: one tap, every position, the right dtype."""
        kernel, stride, _, _, _ = self._geometry
        whole = kernel == stride == (1, 1) and self._x.shape[3] == OW
        return whole and self._x.dtype == self._dtype


class Padded:
    """Pieces of images, padded with one value."""

    def __init__(self, x: Array, dtype: np.dtype[Any], value: float) -> None:
        self._x = x
        self._value = value
        self._scratch = Scratch("padded", dtype)
        self._filled: tuple[Any, ...] = ()

    def window(self, block: Block, corner: Pair, extent: Pair) -> Array:
        """Return `extent` rows and columns from `corner` on, of a block's samples and channels, padded outside x."""
        piece = self._scratch.take(*block.shape[:2], *extent)
        rows = overlap(corner[0], extent[0], self._x.shape[2])
        columns = overlap(corner[1], extent[1], self._x.shape[3])
        layout = (piece.shape, rows[1], columns[1])
        # Most blocks have their padding in the same place as the one before: then it is still filled.
        if self._filled != layout:
            piece.fill(self._value)
            self._filled = layout
        piece[:, :, rows[1], columns[1]] = self._x[block.samples, block.channels, rows[0], columns[0]]
        return piece


def overlap(start: int, extent: int, length: int) -> tuple[slice, slice]:
    """Return the overlap of range(length) and range(start, start + extent), in the coordinates of each."""
    first, last = max(start, 0), min(start + extent, length)
    last = max(first, last)
    return slice(first, last), slice(first - start, last - start)
