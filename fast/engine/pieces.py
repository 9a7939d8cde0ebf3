"""Several passes over an array, made piece by piece: a piece stays in the cache from one pass to the next."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from ..arguments import Array
from .blocks import cut, parted
from .threads import spread

Result = TypeVar("Result")

PIECE = 2**21
"""Bytes of a piece: the few arrays of its size that a formula makes fit the cache that cores share.

A core's own would hold less, and is hardly faster to run through, next to what it costs to call NumPy more often.
"""


def in_pieces(
    work: Callable[[slice], Result], length: int, nbytes: int, *, blas: bool = False
) -> list[Result]:
    """Call `work` with each piece of range(length), perhaps in several threads.

    Parameters
    ----------
    work : callable
        What to do with a piece; no two pieces write to the same memory.
    length : int
        Of the axis that is cut.
    nbytes : int
        The size of all that is cut, in bytes.
    blas : bool
        Whether the work has products of matrices or vectors in it.

    Returns
    -------
    list
        What `work` returned, in the order of the pieces, whichever was finished first.
    """
    if nbytes <= PIECE:
        return [work(slice(0, length))]
    count = len(cut(length, PIECE * length // nbytes))
    # An even number: of three pieces one thread in two would have twice as much to do as the other.
    pieces = parted(length, min(length, count + count % 2))
    results: dict[int, Result] = {}

    def take(tasks: Iterator[slice]) -> None:
        for piece in tasks:
            results[piece.start] = work(piece)

    spread(take, pieces, blas=blas)
    return [results[piece.start] for piece in pieces]


def elementwise(formula: Callable[..., Any], *arrays: Array) -> Array:
    """Return what `formula` computes entry by entry, in the dtype of the first array.

    Parameters
    ----------
    formula : callable
        Takes pieces of the arrays, and `out`, where it writes the result.
    *arrays : array
        C-contiguous, of one shape.
    """
    out = np.empty_like(arrays[0])
    if out.nbytes <= PIECE and out.ndim:
        formula(*arrays, out=out)
        return out
    # A single number has no axis to cut.
    flat, *sources = (array.ravel() for array in (out, *arrays))

    def work(piece: slice) -> None:
        formula(*(source[piece] for source in sources), out=flat[piece])

    in_pieces(work, out.size, out.nbytes)
    return out
