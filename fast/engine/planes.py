"""Images as independent planes, for pooling: its channels do not affect each other."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from ..arguments import Array
from ..geometry import Geometry
from .blocks import Block, blocks
from .columns import Columns
from .pieces import PIECE
from .threads import spread, threads

WORTH_THREADS = 2**19
"""Bytes of an input from which threads save more time than it costs to wake them."""


def planes(images: Array) -> Array:
    """Return images (N, C, H, W) as planes (N * C, H, W)."""
    N, C, H, W = images.shape
    return images.reshape(N * C, H, W)


def over_windows(
    x: Array, geometry: Geometry, dtype: np.dtype[Any], padding: float, reduce: Callable[[Array, Block], None]
) -> None:
    """Lay out the windows over each plane as columns, block by block, and call `reduce` with them.

    Parameters
    ----------
    x : array (N, C, H, W)
        C-contiguous images.
    geometry : Geometry
        The windows.
    dtype : dtype
        The dtype of the columns; that of x, or a wider one.
    padding : float
        The value of the padding.
    reduce : callable
        Takes the columns (kh * kw, planes * rows * OW) and the block, whose samples are planes. Several threads may
        call it, each with other blocks.
    """
    images = planes(x)[:, None]

    def work(parts: Iterator[Block]) -> None:
        columns = Columns(images, geometry, dtype, padding)
        for block in parts:
            reduce(columns(block), block)

    position = prod(geometry.kernel) * dtype.itemsize
    parts = blocks(len(images), [slice(0, 1)], geometry.size, position, threads(), PIECE)
    spread(work, parts, worth_it=x.nbytes >= WORTH_THREADS, blas=False)
