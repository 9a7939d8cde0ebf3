"""Images one plane at a time, as pooling sees them: no channel has to do with another."""

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
"""Bytes of an input from which on threads save more time than waking them up costs."""


def planes(images: Array) -> Array:
    """Return images (N, C, H, W) as planes (N * C, H, W)."""
    N, C, H, W = images.shape
    return images.reshape(N * C, H, W)


def over_windows(
    x: Array, geometry: Geometry, dtype: np.dtype[Any], padding: float, reduce: Callable[[Array, Block], None]
) -> None:
    """Lay out the windows over each plane as columns, block by block, and have them reduced.

    Parameters
    ----------
    x : array (N, C, H, W)
        C-contiguous images.
    geometry : Geometry
        The windows.
    dtype : dtype
        Of the columns; that of x, or a wider one.
    padding : float
        What is around x.
    reduce : callable
        Takes the columns (kh * kw, planes * rows * OW) and the block, whose samples are planes. Blocks may be reduced
        in several threads.
    """
    images = planes(x)[:, None]

    def work(parts: Iterator[Block]) -> None:
        columns = Columns(images, geometry, dtype, padding)
        for block in parts:
            reduce(columns(block), block)

    position = prod(geometry.kernel) * dtype.itemsize
    parts = blocks(len(images), [slice(0, 1)], geometry.size, position, threads(), PIECE)
    spread(work, parts, worth_it=x.nbytes >= WORTH_THREADS, blas=False)
