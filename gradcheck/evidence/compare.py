"""Comparing what came with what was expected: the worst entry, and the place as a sentence."""

from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array

AXES = {
    ("w", 4): ("filter", "channel", "kernel row", "kernel column"),
    ("w", 2): ("feature", "unit"),
    ("b", 3): ("filter", "row", "column"),
    4: ("sample", "channel", "row", "column"),
    2: ("sample", "feature"),
    1: ("entry",),
}
"""What the axes of a tensor are called, by its name and number of axes, or by the number alone."""

PLURALS = {"entry": "entries"}


@dataclass(frozen=True)
class Difference:
    """The entry that is most wrong, and where all the wrong entries lie."""

    index: tuple[int, ...]
    got: float
    expected: float
    bound: float
    where: str
    share: float


@dataclass(frozen=True)
class Evidence:
    """What speaks against a gradient: a wrong entry, or, without a `difference`, why there is no verdict."""

    message: str
    difference: Difference | None = None


def wrong_entries(got: Array, expected: Array, bound: Array | float = 0.0) -> Array:
    """Return where `got` is further than `bound` from `expected`; NaN equals NaN and nothing else.

    The comparison is written so that a NaN can never pass for a number.
    """
    with np.errstate(invalid="ignore"):
        near = np.abs(got - expected) <= bound
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.asarray(~(near & np.isfinite(expected) | same))


def difference(name: str, got: Array, expected: Array, bound: Array | float = 0.0) -> Difference | None:
    """Return the worst entry of tensor `name`, or None when every entry is within its bound.

    Parameters
    ----------
    name : str
        ``x``, ``w`` ...: names the axes in the sentence.
    got, expected : ndarray
        Of the same shape.
    bound : ndarray or float
        The error allowed, per entry; 0 demands equality.
    """
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    wrong = wrong_entries(got, expected, bound)
    if not wrong.any():
        return None
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


def place(name: str, wrong: Array) -> str:
    """Return where the wrong entries lie, axis by axis: ``rows 1..1, every column, every channel``."""
    if wrong.ndim == 0:
        return "the value"
    if wrong.all():
        return "everywhere"
    kind = name.rstrip("0123456789").lower()  # W1 is a w
    names = (
        AXES.get((kind, wrong.ndim)) or AXES.get(wrong.ndim) or tuple(f"axis {i}" for i in range(wrong.ndim))
    )
    sentences = [_along(names[axis], wrong, axis) for axis in range(wrong.ndim)]
    if all(sentence.startswith("every ") for sentence in sentences):
        return f"{np.count_nonzero(wrong)} of {wrong.size} entries, spread along every axis"
    return ", ".join(sorted(sentences, key=lambda text: text.startswith("every ")))


def _along(axis_name: str, wrong: Array, axis: int) -> str:
    """Return which indices along one axis hold a wrong entry."""
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
