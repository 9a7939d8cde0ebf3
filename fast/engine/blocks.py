"""How a layer's work is cut into pieces that fit the cache, so that extra memory does not grow with the batch."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..arguments import Pair

TARGET = 4 * 2**20
"""Bytes of scratch that a block may take: more falls out of the cache, less makes products too small for BLAS."""
ENOUGH = 384
"""Positions of a product that let BLAS run at its rate; up to LIMIT, a block has at least as many."""
LIMIT = 16 * 2**20
"""Bytes of scratch that a block never exceeds, unless one row of one sample does."""


class Block(NamedTuple):
    """A piece of the output: some samples, what some input channels have to do with it, some rows."""

    samples: slice
    channels: slice
    rows: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many there are: samples, channels, rows."""
        n, c, r = (part.stop - part.start for part in self)
        return n, c, r


def cut(length: int, most: int) -> list[slice]:
    """Cut range(length) into as few even pieces of at most `most` as there can be."""
    pieces = max(1, -(-length // max(1, most)))
    return parted(length, pieces)


def parted(length: int, pieces: int) -> list[slice]:
    """Cut range(length) into that many even pieces."""
    bounds = [length * piece // pieces for piece in range(pieces + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(bounds)]


def group_parts(groups: int, channels: int, size: Pair, position_bytes: int) -> list[slice]:
    """Cut the channels of `groups`, each of so many channels, where groups end: as many together as fit the cache.

    `position_bytes` is the scratch that one output position takes for one group.
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
    """Cut an output of `size` (OH, OW) into blocks: whole samples where they are small, else rows of one.

    Parameters
    ----------
    samples : int
        How many there are.
    channels : iterable of slice
        Each piece of the input channels.
    size : (int, int)
        The output's extents.
    position_bytes : int
        Scratch that one output position of one sample needs.
    pieces : int
        How many threads share the samples: a block has no more of them than one's share.
    target : int
        Bytes of scratch that a block may take; TARGET by default.
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
