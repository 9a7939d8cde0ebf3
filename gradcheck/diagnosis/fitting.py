"""What was done to the right array: scaled, shifted, flipped, transposed, permuted, masked; in a sentence."""

from collections.abc import Iterator, Mapping
from itertools import combinations, permutations
from math import prod
from typing import Any

import numpy as np

from gradcheck.contract import Array
from gradcheck.evidence.compare import AXES
from gradcheck.layers.geometry import EXTENTS

MOST_PERMUTED = 5

ENOUGH = 3
"""How many different numbers it takes before a change is believed: two small integers agree with many by chance."""


def fit(
    name: str,
    got: Array,
    right: Array,
    params: Mapping[str, Any],
    sizes: Mapping[str, float] | None = None,
) -> str | None:
    """Return the simplest change that makes the wrong array of the right one, or None.

    Parameters
    ----------
    name : str
        The tensor: names its axes.
    got, right : ndarray
        Of the same shape; `right` must vary, or nothing is learned.
    params : mapping
        The case's parameters: a factor that is one of its extents is named after it.
    sizes : mapping, optional
        The numbers that a factor may be, by name; by default those that the suite's own layers have.
    """
    # What is wrong next to numbers that are far larger cannot be told from rounding of these.
    if not right.size or _near(got, right):
        return None
    named = _sizes(params) if sizes is None else sizes
    return next((change for change in _fits(name, got, right, named)), None)


def _fits(name: str, got: Array, right: Array, sizes: Mapping[str, float]) -> Iterator[str]:
    if not got.any():
        yield "every entry is 0"
    if np.isnan(got).all():
        yield "every entry is NaN"
    yield from _scaled(got, right, sizes)
    if np.unique(right[right != 0]).size >= ENOUGH:
        yield from _offset(got, right)
        yield from _turned(name, got, right)
        yield from _rolled(name, got, right)
        yield from _permuted(name, got, right)


def _near(a: Array, b: Array) -> bool:
    """Return what ``np.allclose`` would, in a fraction of its time: a search asks this thousands of times."""
    if a.shape != b.shape:
        return False
    size = np.abs(b)
    with np.errstate(invalid="ignore"):
        close = np.abs(a - b) <= 1e-12 * float(size.max(initial=1.0)) + 1e-9 * size
    return bool((close & np.isfinite(b) | (a == b)).all())


def _scaled(got: Array, right: Array, sizes: Mapping[str, float]) -> Iterator[str]:
    """Name a constant factor, and what it is in terms of the case."""
    at = np.unravel_index(int(np.argmax(np.abs(right))), right.shape)
    if right[at] == 0 or not np.isfinite(got).all():
        return
    factor = float(got[at] / right[at])
    if factor in (0.0, 1.0) or not _near(got, factor * right):
        return
    if factor == -1:
        yield "every entry has the wrong sign"
        return
    for size in dict.fromkeys(sizes.values()):
        what = " = ".join(name for name, value in sizes.items() if value == size)
        if np.isclose(factor, size):
            yield f"every entry is {size:g} times what it should be ({what} = {size:g})"
        if np.isclose(factor * size, 1):
            yield f"every entry is 1/{size:g} of what it should be ({what} = {size:g})"
    if np.unique(right[right != 0]).size >= ENOUGH:
        yield f"every entry is {factor:.6g} times what it should be"


def _sizes(params: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a case that a factor may be, by name, the likeliest first."""
    numbers = {"N": params.get("n")}
    numbers |= {"C": params.get("c"), "F": params.get("f"), "groups": params.get("g"), "D": params.get("d")}
    kernel = params.get("kernel") or [params[name] for name in EXTENTS.values() if name in params]
    numbers |= {"kernel entries": prod(kernel), "H W": params.get("h", 0) * params.get("w", 0)}
    numbers |= {"1 / keep_prob": 1 / params["keep_prob"] if "keep_prob" in params else None}
    numbers |= {"features": prod(params["dims"]) if "dims" in params else None}
    return {name: float(value) for name, value in numbers.items() if value and value != 1}


def _offset(got: Array, right: Array) -> Iterator[str]:
    offset = got - right
    if np.isfinite(offset).all() and _near(offset, np.full_like(offset, offset.flat[0])):
        yield f"every entry is off by the same {offset.flat[0]:.6g}"


def _turned(name: str, got: Array, right: Array) -> Iterator[str]:
    """Name a transposition or a flip."""
    names = axis_names(name, right)
    for a, b in combinations(range(right.ndim), 2):
        if right.shape[a] == right.shape[b] and _near(got, np.swapaxes(right, a, b)):
            yield f"transposed: {names[a]} and {names[b]} are exchanged"
    axes = [axis for axis in range(right.ndim) if right.shape[axis] > 1]
    for count in range(1, len(axes) + 1):
        for chosen in combinations(axes, count):
            if _near(got, np.flip(right, chosen)):
                which = " and ".join(names[axis] for axis in chosen)
                yield f"flipped along {which}" if count == 1 else f"flipped along both {which}"


def _rolled(name: str, got: Array, right: Array) -> Iterator[str]:
    """Name a shift by whole entries, around the end or with zeros moving in."""
    names = axis_names(name, right)
    for axis in range(right.ndim):
        for by in (*range(1, right.shape[axis]), *range(-right.shape[axis] + 1, 0)):
            moved = np.roll(right, by, axis)
            gap = np.moveaxis(moved.copy(), axis, 0)
            gap[: max(by, 0)], gap[right.shape[axis] + min(by, 0) :] = 0, 0
            if _near(got, moved) or _near(got, np.moveaxis(gap, 0, axis)):
                yield f"shifted by {by} along {names[axis]}"


def _permuted(name: str, got: Array, right: Array) -> Iterator[str]:
    """Name a permutation of the entries of one axis, or of all entries."""
    names = axis_names(name, right)
    for axis in range(right.ndim):
        if 1 < right.shape[axis] <= MOST_PERMUTED:
            for order in permutations(range(right.shape[axis])):
                if _near(got, np.take(right, order, axis)):
                    yield f"the entries along {names[axis]} are in the order {', '.join(map(str, order))}"
    if _near(np.sort(got, axis=None), np.sort(right, axis=None)):
        yield "the right numbers, in other places"


def axis_names(name: str, values: Array) -> tuple[str, ...]:
    """Return what the axes of a tensor are called."""
    known = AXES.get((name, values.ndim)) or AXES.get(values.ndim)
    return known or tuple(f"axis {i}" for i in range(values.ndim))
