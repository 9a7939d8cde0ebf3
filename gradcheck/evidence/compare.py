"""Compare a result with the expected one: the worst entry, and a description of where the wrong entries are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array

AXES = {
    ("w", 4): ("filter", "channel", "kernel row", "kernel column"),
    ("w", 2): ("feature", "unit"),
    ("W", 2): ("row", "feature"),
    ("b", 3): ("filter", "row", "column"),
    ("h", 3): ("sample", "step", "unit"),
    ("x", 3): ("sample", "position", "feature"),
    ("w", 5): ("filter", "channel", "kernel plane", "kernel row", "kernel column"),
    5: ("sample", "channel", "plane", "row", "column"),
    4: ("sample", "channel", "row", "column"),
    2: ("sample", "feature"),
    1: ("entry",),
}
"""The names of a tensor's axes, by its name and number of axes, or by the number of axes alone."""

PLURALS = {"entry": "entries"}


@dataclass(frozen=True)
class Difference:
    """The entry with the largest error, and where all wrong entries are.

    `share` is the fraction of the entries that are wrong.
    """

    index: tuple[int, ...]
    got: float
    expected: float
    bound: float
    where: str
    share: float


@dataclass(frozen=True)
class Evidence:
    """Evidence against a gradient: a wrong entry or, if `difference` is None, the reason why there is no verdict."""

    message: str
    difference: Difference | None = None


def wrong_entries(got: Array, expected: Array, bound: Array | float = 0.0) -> Array:
    """Return a mask of the entries where `got` is further than `bound` from `expected`; NaN equals only NaN.

    The mask negates "is right" instead of computing "is wrong": a comparison with NaN is false, so NaN never passes.
    """
    with np.errstate(invalid="ignore"):
        near = np.abs(got - expected) <= bound
    # Infinity minus infinity is NaN: equal infinities are right only by this comparison.
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.asarray(~(near & np.isfinite(expected) | same))


def is_same(got: Array, expected: Array, bound: Array | float = 0.0) -> bool:
    """Return whether `difference` would find none, without a description of where it is, which takes long."""
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return np.array_equal(got, expected) or not wrong_entries(got, expected, bound).any()


def difference(name: str, got: Array, expected: Array, bound: Array | float = 0.0) -> Difference | None:
    """Return the worst entry of the tensor `name`, or None if every entry is within its bound.

    Parameters
    ----------
    name : str
        The tensor, ``x`` or ``w``; it determines the names of the axes in the description.
    got, expected : ndarray
        Two arrays of the same shape.
    bound : ndarray or float
        The allowed error per entry; 0 requires equality.
    """
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if np.array_equal(got, expected):  # as most are: quicker than to look at each entry's bound
        return None
    wrong = wrong_entries(got, expected, bound)
    if not wrong.any():
        return None
    # Right entries get -1, below every error; a NaN or an infinity counts as the largest error.
    with np.errstate(invalid="ignore", over="ignore"):
        excess = np.where(wrong, np.nan_to_num(np.abs(got - expected), nan=np.inf, posinf=np.inf), -1.0)
    index = np.unravel_index(int(np.argmax(excess)), wrong.shape)
    return Difference(
        tuple(int(i) for i in index),
        float(got[index]),
        float(expected[index]),
        float(np.broadcast_to(bound, wrong.shape)[index]),
        place(name, wrong),
        float(wrong.mean()),
    )


def once(
    name: str, got: Array, expected: Array, bound: Array | float, again: Callable[[], Array]
) -> Difference | None:
    """Return the worst entry of a result that is wrong once: the same call, made again, gives what is expected."""
    found = difference(name, got, expected, bound)
    return None if found is None or difference(name, again(), expected, bound) is not None else found


def place(name: str, wrong: Array) -> str:
    """Return where the wrong entries are, axis by axis: ``rows 1..1, every column, every channel``."""
    if wrong.ndim == 0:
        return "the value"
    if wrong.all():
        return "everywhere"
    kind = name.rstrip("0123456789").lower()  # a network's W1 has the axes of w
    names = (
        AXES.get((kind, wrong.ndim)) or AXES.get(wrong.ndim) or tuple(f"axis {i}" for i in range(wrong.ndim))
    )
    sentences = [_along(names[axis], wrong, axis) for axis in range(wrong.ndim)]
    # Every index of every axis occurs, and yet not all entries are wrong: a list of axes would read as "everywhere".
    if all(sentence.startswith("every ") for sentence in sentences):
        return f"{np.count_nonzero(wrong)} of {wrong.size} entries, spread along every axis"
    return ", ".join(sorted(sentences, key=lambda text: text.startswith("every ")))


def _along(axis_name: str, wrong: Array, axis: int) -> str:
    """Return which indices along one axis have a wrong entry, as text."""
    others = tuple(i for i in range(wrong.ndim) if i != axis)
    found = np.flatnonzero(wrong.any(axis=others))
    if found.size == wrong.shape[axis]:
        return f"every {axis_name}"
    plural = PLURALS.get(axis_name, axis_name + "s")
    steps = np.unique(np.diff(found))
    if steps.size == 1 and steps[0] > 1 and found.size > 2:
        return f"{plural} {found[0]}..{found[-1]} in steps of {steps[0]}"
    if steps.size <= 1 and (steps.size == 0 or steps[0] == 1):
        return f"{plural} {found[0]}..{found[-1]}"
    return f"{plural} {', '.join(str(i) for i in found)}"
