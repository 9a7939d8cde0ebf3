"""Where the wrong entries lie, as a sentence that points at a cause."""

from typing import Any

import numpy as np

from gradcheck.contract import Array, Case
from gradcheck.diagnosis.fitting import axis_names, fit
from gradcheck.evidence import compare
from gradcheck.evidence.compare import PLURALS
from gradcheck.layers import BY_NAME, geometry

ORDINALS = {2: "2nd", 3: "3rd"}

ALONE = "it is the only entry"
ONE = "only this one entry is wrong"
EVERYWHERE = "everywhere"
SPREAD = "spread along every axis"

MOST_LISTED = 6
"""How many indices are listed."""

GROUPED = {("x", 1), ("w", 0), ("b", 0), ("out", 1)}
"""The axes that groups divide: channels of x, filters of w, b and out (conv2d)."""


def where(case: Case, name: str, got: Array, right: Array, bound: float) -> str | None:
    """Return the most informative sentence about what is wrong with a tensor, or None where nothing is.

    It is true of these two arrays, entry by entry: an entry that it calls right is right, and one that it calls wrong
    is wrong. It says nothing about an axis of extent 1.

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
    if wrong.size == 1:
        return ALONE
    is_ours = case.layer.name in BY_NAME  # a layer from outside may mean anything by a stride
    change = fit(name, got, right, case.params, None if is_ours else _extents(case))
    if change is not None:
        return change
    if wrong.all():
        return EVERYWHERE
    geometric = _geometric(case, name, wrong) if is_ours else None
    return geometric or _by_axis(case, name, wrong, is_ours)


def _extents(case: Case) -> dict[str, float]:
    """Return the numbers among the parameters, by name: a wrong factor may be one of them."""
    numbers = {name: value for name, value in case.params.items() if isinstance(value, int | float)}
    return {name: float(value) for name, value in numbers.items() if value not in (0, 1)}


def _by_axis(case: Case, name: str, wrong: Array, is_ours: bool) -> str:
    """Return which indices hold the wrong entries, and whether all of theirs are wrong."""
    names = axis_names(name, wrong)
    held = [
        np.asarray(wrong.any(axis=tuple(i for i in range(wrong.ndim) if i != a))) for a in range(wrong.ndim)
    ]
    restricted = [axis for axis in range(wrong.ndim) if not held[axis].all()]
    if np.count_nonzero(wrong) == 1 and len(restricted) > 1:
        return ONE
    if not restricted:
        return f"{np.count_nonzero(wrong)} of {wrong.size} entries, {SPREAD}"
    if not wrong[np.ix_(*held)].all():
        some = ", ".join(
            _indices(case, name, names[axis], axis, held[axis], is_ours)[0] for axis in restricted
        )
        return f"only some entries of {some}"
    if len(restricted) == 1 and (right := _the_right_one(names[restricted[0]], held[restricted[0]])):
        return f"only {right} is right"
    phrases = [_indices(case, name, names[axis], axis, held[axis], is_ours) for axis in restricted]
    is_one = all(one for _, one in phrases)
    rest = (
        _remainder(case, name, restricted[0], held[restricted[0]]) if is_ours and len(restricted) == 1 else ""
    )
    return f"only {', '.join(text for text, _ in phrases)} {'is' if is_one else 'are'} wrong{rest}"


def _the_right_one(axis_name: str, is_wrong: Array) -> str | None:
    """Return the only index without a wrong entry, of three or more."""
    good = np.flatnonzero(~is_wrong)
    if good.size != 1 or is_wrong.size < 3:
        return None
    return f"the last {axis_name}" if good[0] == is_wrong.size - 1 else f"{axis_name} {good[0]}"


def _indices(
    case: Case, name: str, axis_name: str, axis: int, is_wrong: Array, is_ours: bool
) -> tuple[str, bool]:
    """Return which indices of one axis hold wrong entries, in words, and whether it is a single one."""
    bad, size = np.flatnonzero(is_wrong), is_wrong.size
    plural = PLURALS.get(axis_name, axis_name + "s")
    group = _groups(case, name, axis, bad, size) if is_ours else None
    if group is not None:
        return group
    if bad.size == 1:
        return (f"the last {axis_name}" if bad[0] == size - 1 and size > 2 else f"{axis_name} {bad[0]}"), True
    if bad[-1] - bad[0] == bad.size - 1 and (bad[0] == 0 or bad[-1] == size - 1):
        return f"the {'first' if bad[0] == 0 else 'last'} {bad.size} {plural}", False
    step = int(bad[1] - bad[0])
    if step > 1 and np.array_equal(bad, np.arange(bad[0], size, step)):
        return f"every {ORDINALS.get(step, f'{step}th')} {axis_name} from {bad[0]}", True
    if bad.size > MOST_LISTED:
        return f"{bad.size} of {size} {plural}", False
    return f"{plural} {', '.join(map(str, bad[:-1]))} and {bad[-1]}", False


def _groups(case: Case, name: str, axis: int, bad: Array, size: int) -> tuple[str, bool] | None:
    """Name whole groups that are wrong, and whether it is a single one."""
    groups = case.params.get("g", 1)
    if groups < 2 or (name, axis) not in GROUPED or size % groups or size == groups:
        return None
    each = size // groups
    found = np.unique(bad // each)
    if found.size == groups or bad.size != found.size * each:
        return None
    if found.size > 1 and np.array_equal(found, np.arange(1, groups)):
        return "the groups from 1 on", False
    if found.size == 1:
        return f"group {found[0]}", True
    return f"groups {', '.join(map(str, found[:-1]))} and {found[-1]}", False


def _remainder(case: Case, name: str, axis: int, is_wrong: Array) -> str:
    """Return that the last rows or columns are what the stride leaves over, if they are."""
    if name != "x" or axis < 2 or "stride" not in case.params or "output_pad" in case.params:
        return ""
    params, i = case.params, axis - 2
    free = geometry.plane(params)[i] + sum(params["pad"][i]) - geometry.reach_of(params)[i]
    left = max(0, free % params["stride"][i] - params["pad"][i][1])
    return (
        ": the remainder of the stride"
        if left and np.array_equal(np.flatnonzero(is_wrong), np.arange(is_wrong.size - left, is_wrong.size))
        else ""
    )


def _geometric(case: Case, name: str, wrong: Array) -> str | None:
    """Return that the wrong entries are just those of a kind: where windows overlap, or near the padding."""
    if name != "x" or wrong.ndim != 4 or "stride" not in case.params or "output_pad" in case.params:
        return None
    counts = [_coverage(case.params, axis, case.output_shape[2 + axis]) for axis in (0, 1)]
    covered = np.outer(counts[0][0], counts[1][0])
    padded = (counts[0][1][:, None] | counts[1][1][None, :]) & (covered > 0)
    anywhere = np.asarray(wrong.any(axis=(0, 1)))
    # Of overlapping maxima only shared winners go wrong; elsewhere most of the kind must be wrong.
    most = 0.0 if case.layer.name == "max_pool2d" else 0.5
    if _just(anywhere, covered > 1, most):
        return "only where windows overlap"
    if _just(anywhere, covered == 0, most):
        return "only where no window reaches"
    if _just(anywhere, padded, most):
        return "only in windows that reach into the padding"
    return None


def _just(wrong: Array, kind: Array, most: float) -> bool:
    """Return whether wrong entries are all of a kind, and more than a share of that kind, while others exist."""
    return bool(kind.any() and not kind.all() and wrong[kind].mean() > most and not wrong[~kind].any())


def _coverage(params: Any, axis: int, count: int) -> tuple[Array, Array]:
    """Return, per row or column, by how many windows it is seen, and whether one of them reaches the padding."""
    size, stride, before = geometry.plane(params)[axis], params["stride"][axis], params["pad"][axis][0]
    kernel = geometry.kernel_of(params)[axis]
    dilation = params.get("dilation", (1, 1))[axis]
    seen, padded = np.zeros(size, int), np.zeros(size, bool)
    for start in range(-before, count * stride - before, stride):
        taps = [start + i * dilation for i in range(kernel)]
        inside = [tap for tap in taps if 0 <= tap < size]
        seen[inside] += 1
        padded[inside] |= len(inside) < kernel
    return seen, padded
