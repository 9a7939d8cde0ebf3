"""Where the wrong entries lie, as a sentence that points at a cause."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Array, Case
from gradcheck.diagnosis.fitting import axis_names, fit
from gradcheck.evidence import compare
from gradcheck.evidence.compare import PLURALS
from gradcheck.layers import BY_NAME, geometry

ORDINALS = {2: "2nd", 3: "3rd"}

GROUPED = {("x", 1), ("w", 0), ("b", 0), ("out", 1)}
"""The axes that groups divide: channels of x, filters of w, b and out (conv2d)."""


def where(case: Case, name: str, got: Array, right: Array, bound: float) -> str | None:
    """Return the most informative sentence about what is wrong with a tensor, or None where nothing is.

    Parameters
    ----------
    case : Case
        The case it was seen on.
    name : str
        The tensor: ``x`` for its gradient too, or ``out``.
    got, right : ndarray
        Of the same shape.
    bound : float
        The error allowed.
    """
    wrong = compare.wrong_entries(got, right, bound)
    if not wrong.any():
        return None
    is_ours = case.layer.name in BY_NAME  # a layer from outside may mean anything by a stride
    change = fit(name, got, right, case.params, None if is_ours else _extents(case))
    if change is not None:
        return change
    sentences = list(_geometric(case, name, wrong)) if is_ours else []
    sentences = sentences or list(_by_axis(case, name, wrong, is_ours))
    return "; ".join(sentences) if sentences else compare.place(name, wrong)


def _extents(case: Case) -> dict[str, float]:
    """Return the numbers among the parameters, by name: a wrong factor may be one of them."""
    numbers = {name: value for name, value in case.params.items() if isinstance(value, int | float)}
    return {name: float(value) for name, value in numbers.items() if value not in (0, 1)}


def _by_axis(case: Case, name: str, wrong: Array, is_ours: bool) -> Iterator[str]:
    """Yield what is special about the indices with a wrong entry, along each axis."""
    names = axis_names(name, wrong)
    for axis in range(wrong.ndim):
        others = tuple(i for i in range(wrong.ndim) if i != axis)
        is_wrong = np.asarray(wrong.any(axis=others))
        if not is_wrong.all():
            yield _along(case, name, names[axis], axis, is_wrong, is_ours)


def _along(case: Case, name: str, axis_name: str, axis: int, is_wrong: Array, is_ours: bool) -> str:
    """Say which indices of one axis hold a wrong entry."""
    bad, good = np.flatnonzero(is_wrong), np.flatnonzero(~is_wrong)
    plural = PLURALS.get(axis_name, axis_name + "s")
    group = _groups(case, name, axis, bad, is_wrong.size) if is_ours else None
    if group is not None:
        return group
    if good.size == 1:
        which = "the last one" if good[0] == is_wrong.size - 1 and good[0] > 1 else f"{axis_name} {good[0]}"
        return f"only {which} is right" if which != "the last one" else f"only the last {axis_name} is right"
    if bad.size == 1 and bad[0] < is_wrong.size - 1:
        return f"only {axis_name} {bad[0]} is wrong"
    if bad[0] > 0 and (np.diff(bad) == 1).all() and bad[-1] == is_wrong.size - 1:
        many = plural if bad.size > 1 else axis_name
        rest = _remainder(case, name, axis, bad.size) if is_ours else ""
        return f"only the last {bad.size} {many}{rest}"
    if bad[-1] == bad.size - 1:
        return f"only the first {bad.size} {plural}"
    steps = np.unique(np.diff(bad))
    if steps.size == 1 and steps[0] > 1:
        return f"only every {ORDINALS.get(int(steps[0]), f'{steps[0]}th')} {axis_name}, from {bad[0]}"
    return f"only {plural} {', '.join(map(str, bad))}"


def _groups(case: Case, name: str, axis: int, bad: Array, size: int) -> str | None:
    """Name whole groups that are wrong."""
    groups = case.params.get("g", 1)
    if groups < 2 or (name, axis) not in GROUPED or size % groups:
        return None
    each = size // groups
    found = np.unique(bad // each)
    if found.size == groups:
        return None
    if np.array_equal(found, np.arange(1, groups)):
        return "only group 1 and up" if groups > 2 else "only group 1"
    return f"only group{'s' * (found.size > 1)} {', '.join(map(str, found))}"


def _remainder(case: Case, name: str, axis: int, count: int) -> str:
    """Return that the last rows or columns are what the stride leaves over, if they are."""
    if name != "x" or axis < 2 or "stride" not in case.params or "output_pad" in case.params:
        return ""
    params, i = case.params, axis - 2
    free = geometry.plane(params)[i] + sum(params["pad"][i]) - geometry.reach_of(params)[i]
    left = free % params["stride"][i] - params["pad"][i][1]
    return ": the remainder of the stride" if left == count else ""


def _geometric(case: Case, name: str, wrong: Array) -> Iterator[str]:
    """Say that the wrong entries are just those of a kind: where windows overlap, or near the padding."""
    if name != "x" or wrong.ndim != 4 or "stride" not in case.params or "output_pad" in case.params:
        return
    counts = [_coverage(case.params, axis, case.output_shape[2 + axis]) for axis in (0, 1)]
    covered = np.outer(counts[0][0], counts[1][0])
    padded = counts[0][1][:, None] | counts[1][1][None, :]
    anywhere = np.asarray(wrong.any(axis=(0, 1)))
    # Of overlapping maxima only shared winners go wrong; elsewhere most of the kind must be wrong.
    most = 0.0 if case.layer.name == "max_pool2d" else 0.5
    if _just(anywhere, covered > 1, most):
        yield "only where windows overlap"
    elif _just(anywhere, covered == 0, most):
        yield "only where no window reaches"
    elif _just(anywhere, padded, most):
        yield "only in windows that reach into the padding"


def _just(wrong: Array, kind: Array, most: float) -> bool:
    """Return whether wrong entries are all of a kind, and more than a share of that kind, while others exist."""
    return bool(kind.any() and not kind.all() and wrong[kind].mean() > most and not wrong[~kind].any())


def _coverage(params: Any, axis: int, count: int) -> tuple[Array, Array]:
    """Return, per row or column, by how many windows it is seen, and whether one of them reaches the padding."""
    size, stride, before = geometry.plane(params)[axis], params["stride"][axis], params["pad"][axis][0]
    kernel = (params.get("kernel") or (params["kh"], params["kw"]))[axis]
    dilation = params.get("dilation", (1, 1))[axis]
    seen, padded = np.zeros(size, int), np.zeros(size, bool)
    for start in range(-before, count * stride - before, stride):
        taps = [start + i * dilation for i in range(kernel)]
        inside = [tap for tap in taps if 0 <= tap < size]
        seen[inside] += 1
        padded[inside] |= len(inside) < kernel
    return seen, padded
