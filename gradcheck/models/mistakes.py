"""Names for what is wrong with a gradient that is known at some entries: the mistakes of networks."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from gradcheck.contract import Array

ALIKE = 1e-6
"""Up to which share of its size a gradient counts as another: this gives a mistake its name, and no verdict."""

REGULARISED: dict[str, float] = {
    "the share of the regularisation, reg * {name}, is missing": 1.0,
    "the share of the regularisation is in it twice: that of 0.5 reg sum(W**2) is reg * {name}": -1.0,
    "the share of the regularisation is halved: that of 0.5 reg sum(W**2) is reg * {name}": 0.5,
}
"""What to add to a gradient, times reg * W, to mend a typical mistake."""


def of_share(reg: float) -> dict[str, Callable[[Array, Array], Array]]:
    """Return what a gradient would be without a mistake in the share of the regularisation."""

    def mended(share: float) -> Callable[[Array, Array], Array]:
        return lambda got, w: got + share * reg * w

    return {words: mended(share) for words, share in REGULARISED.items()}


def of_factor(samples: int) -> dict[str, Callable[[Array, Array], Array]]:
    """Return what a gradient would be without a mistake in a factor."""
    return {
        "it is not divided by the number of samples": lambda got, w: got / samples,
        "it is divided by the number of samples twice": lambda got, w: got * samples,
        "its sign is wrong": lambda got, w: -got,
    }


class Piece(NamedTuple):
    """A gradient that occurs somewhere else in the network, and what it is called."""

    words: str
    values: Array
    call: int | None = None
    """The call that returns it."""


def is_alike(one: Array, other: Array, size: float) -> bool:
    """Return whether two gradients are the same, as far as a name depends on it."""
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.abs(one - other) <= ALIKE * size))


def factor(got: Array, truth: Array) -> float | None:
    """Return by which number a gradient is multiplied; None if by none, or if there is nothing to see it by."""
    size = float(np.abs(truth).max(initial=0.0))
    if not size:
        return None
    found = float(np.dot(got, truth) / np.dot(truth, truth))
    return found if found and is_alike(got, found * truth, max(size, abs(found) * size)) else None


def like(values: Array, pieces: Iterable[Piece], least: float) -> Piece | None:
    """Return the piece that has these values; None if none has, or if they are all but zero."""
    size = float(np.abs(values).max(initial=0.0))
    if size <= least or values.size < 1:
        return None
    return next((piece for piece in pieces if is_alike(piece.values, values, size)), None)
