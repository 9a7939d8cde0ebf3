"""Cut a layer's work into pieces that fit the cache, so that extra memory does not grow with the batch."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..arguments import Pair

TARGET = 4 * 2**20
"""Bytes of scratch for a block: a larger one leaves the cache, a smaller one makes products too small for BLAS.

Measured from 0.5 to 8 MiB, on the convolutions of docs/performance.md.
"""
ENOUGH = 384
"""Positions with which a product reaches the full rate of BLAS; up to LIMIT, a block has at least as many."""
LIMIT = 16 * 2**20
"""Bytes of scratch that no block exceeds, unless one row of one sample does.

It keeps a layer's extra memory within 64 MiB, the goal in docs/performance.md.
"""


class Block(NamedTuple):
    """A piece of the output: some samples, the contribution of some input channels, some rows."""

    samples: slice
    channels: slice
    rows: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """The numbers of samples, channels and rows."""
        n, c, r = (part.stop - part.start for part in self)
        return n, c, r


def cut(length: int, most: int) -> list[slice]:
    """Cut range(length) into even pieces of at most `most`, as few as possible."""
    pieces = max(1, -(-length // max(1, most)))
    return parted(length, pieces)


def parted(length: int, pieces: int) -> list[slice]:
    """Cut range(length) into `pieces` even pieces."""
    bounds = [length * piece // pieces for piece in range(pieces + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(bounds)]


def group_parts(groups: int, channels: int, size: Pair, position_bytes: int) -> list[slice]:
    """Cut groups of `channels` channels each into pieces of whole groups, as many together as fit the cache.

    `position_bytes` is the scratch that one output position needs for one group.
    """
    together = TARGET // (position_bytes * size[0] * size[1])
    return [slice(part.start * channels, part.stop * channels) for part in cut(groups, together)]


def blocks(
    samples: int,
    channels: Iterable[slice],
    size: Pair,
    position_bytes: int,
    pieces: int = 1,
    target: int | None = None,
) -> list[Block]:
    """Cut an output of `size` (OH, OW) into blocks: whole samples if they are small, otherwise rows of one sample.

    Parameters
    ----------
    samples : int
        The number of samples.
    channels : iterable of slice
        The pieces of the input channels.
    size : (int, int)
        The output's extents.
    position_bytes : int
        Bytes of scratch that one output position of one sample needs.
    pieces : int
        The number of threads that share the samples: no block has more samples than the share of one thread.
    target : int
        Bytes of scratch for a block; TARGET by default.
    """
    positions = max(target or TARGET, min(LIMIT, ENOUGH * position_bytes)) // position_bytes
    return list(_blocks(samples, channels, size, positions, pieces))


def _blocks(
    samples: int, channels: Iterable[slice], size: Pair, positions: int, pieces: int
) -> Iterator[Block]:
    rows, columns = size
    together = min(positions // (rows * columns), -(-samples // pieces))
    if together:
        parts = [(some, slice(0, rows)) for some in cut(samples, together)]
    else:
        row_parts = cut(rows, positions // columns)
        parts = [(slice(n, n + 1), some) for n in range(samples) for some in row_parts]
    yield from (Block(some, of, rows) for of in channels for some, rows in parts)
