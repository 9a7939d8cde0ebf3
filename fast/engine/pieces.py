"""Make several passes over an array piece by piece, so that a piece stays in the cache between passes."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from ..arguments import Array
from .blocks import cut, parted
from .threads import spread

Result = TypeVar("Result")

PIECE = 2**21
"""Bytes of a piece: a formula makes a few arrays of this size, which fit the cache that the cores share.

Pieces for a core's own cache, 0.5 MiB, were slower: more calls of NumPy cost more time than the faster cache saves.
"""


def in_pieces(
    work: Callable[[slice], Result], length: int, nbytes: int, *, blas: bool = False
) -> list[Result]:
    """Call `work` with each piece of range(length), in several threads if it is worth it.

    Parameters
    ----------
    work : callable
        Processes one piece; no two pieces may write to the same memory.
    length : int
        The extent of the axis that is cut.
    nbytes : int
        The size of the whole array, in bytes.
    blas : bool
        Whether the work calls BLAS, for products of matrices or vectors.

    Returns
    -------
    list
        The results of `work`, in the order of the pieces, not in that in which they finish.
    """
    if nbytes <= PIECE:
        return [work(slice(0, length))]
    count = len(cut(length, PIECE * length // nbytes))
    # An even number, for two threads: with three pieces, one of them would have twice as much work as the other.
    pieces = parted(length, min(length, count + count % 2))
    results: dict[int, Result] = {}

    def take(tasks: Iterator[slice]) -> None:
        for piece in tasks:
            results[piece.start] = work(piece)

    spread(take, pieces, blas=blas)
    return [results[piece.start] for piece in pieces]


def elementwise(formula: Callable[..., Any], *arrays: Array) -> Array:
    """Return the elementwise result of `formula`, in the dtype of the first array.

    Parameters
    ----------
    formula : callable
        Takes pieces of the arrays, and writes its result to `out`.
    *arrays : array
        C-contiguous arrays of one shape.
    """
    out = np.empty_like(arrays[0])
    if out.nbytes <= PIECE and out.ndim:
        formula(*arrays, out=out)
        return out
    # Flat, because a scalar array has no axis to cut.
    flat, *sources = (array.ravel() for array in (out, *arrays))

    def work(piece: slice) -> None:
        formula(*(source[piece] for source in sources), out=flat[piece])

    in_pieces(work, out.size, out.nbytes)
    return out
