"""Where the numbers lie in memory. The ways of laying them out come first, then the checks."""

from collections.abc import Callable, Sequence

import numpy as np

from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.kernel import LINE
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.report import Finding

MOST_TENSORS = 4
"""Tensors that are laid out otherwise, at most: each one alone, and then all together."""

POISON_OF_EIGHT_BITS = 0x7F
"""NaN in both formats of eight bits, and the largest integer."""

NO_STRIDES = "arrays are copied on their way in"

POISON = {"f": np.nan, "i": 127, "u": 0x7FC0}
"""What lies next to the numbers, so that reading it shows: NaN, or the largest integer.

By the sort of the stored numbers; unsigned ones are the bits of a bfloat16, and these are its NaN."""


def channels_last(values: Array) -> Array:
    """Return the numbers with the second axis the innermost, as image libraries keep them."""
    if values.ndim < 3:
        return np.asfortranarray(values)
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 1, -1)), -1, 1)


def reversed_axes(values: Array) -> Array:
    """Return the numbers in Fortran's order."""
    return np.asfortranarray(values)


def spread(values: Array) -> Array:
    """Return the numbers as every other one along the last axis."""
    base = _poisoned((*values.shape[:-1], 2 * values.shape[-1]), values)
    base[..., ::2] = values
    return base[..., ::2]


def inside(values: Array) -> Array:
    """Return the numbers as a part of a larger array, with poison before and behind them along every axis."""
    base = _poisoned(tuple(extent + 3 for extent in values.shape), values)
    part = tuple(slice(1, extent + 1) for extent in values.shape)
    base[part] = values
    return base[part]


def unaligned(values: Array) -> Array:
    """Return the numbers in C order, one number behind an aligned place."""
    return _at(values, values.itemsize)


Layout = Callable[[Array], Array]

LAYOUTS: dict[str, Layout] = {
    "channels-last": channels_last,
    "reversed-axes": reversed_axes,
    "every-other": spread,
    "inside-a-larger": inside,
}


def combinations(names: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what to try: a title, a layout, and the tensors that have it. Some kernels mind only one of them."""
    each = [(f"{name} channels-last", "channels-last", (name,)) for name in names]
    together = [(f"all {layout}", layout, tuple(names)) for layout in LAYOUTS]
    return each + together


def _at(values: Array, offset: int) -> Array:
    """Return the numbers in C order, so many bytes behind an aligned place."""
    memory = np.empty(values.nbytes + 2 * LINE, dtype=np.uint8)
    start = -memory.ctypes.data % LINE + offset
    made = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    made[...] = values
    return made


def _poisoned(shape: tuple[int, ...], like: Array) -> Array:
    poison = POISON_OF_EIGHT_BITS if like.dtype == np.uint8 else POISON.get(like.dtype.kind, True)
    return np.full(shape, poison, dtype=like.dtype)


def layout(trial: KernelTrial) -> KernelOutcome:
    """The same results wherever the numbers lie: channels last, reversed axes, with gaps, inside a larger array.

    What lies next to the numbers is NaN, so that reading it shows.
    """
    filled, _ = trial.plain()
    if filled is None or not trial.kernel.traits.has_strides:
        return KernelOutcome.skipped("layout", NO_STRIDES)
    large = [name for name, array in filled.tensors.items() if array.ndim > 1]
    names = large[:MOST_TENSORS] + (["dout"] if filled.dout is not None and filled.dout.ndim else [])
    findings: list[Finding] = []
    for title, chosen, changed in combinations(names):
        findings += _judged(trial, "layout", filled, LAYOUTS[chosen], changed, f"wrong with {title}")
    return KernelOutcome.of("layout", findings)


def alignment(trial: KernelTrial) -> KernelOutcome:
    """The same results where arrays do not begin at a multiple of 64 bytes."""
    filled, _ = trial.plain()
    if filled is None:
        return KernelOutcome.skipped("alignment", "no integers are small enough")
    names = (*filled.tensors, "dout")
    return KernelOutcome.of(
        "alignment",
        _judged(trial, "alignment", filled, unaligned, names, "wrong where memory is not aligned"),
    )


def _judged(
    trial: KernelTrial, check: str, filled: Filled, moved: Layout, changed: tuple[str, ...], message: str
) -> list[Finding]:
    tensors = {name: moved(array) if name in changed else array for name, array in filled.tensors.items()}
    dout = filled.dout if filled.dout is None or "dout" not in changed else moved(filled.dout)
    try:
        return _compared(trial, check, filled, tensors, dout, message)
    except SubjectError as problem:
        return [trial.failed_where(check, message, problem)]


def _compared(
    trial: KernelTrial, check: str, filled: Filled, tensors: Arrays, dout: Array | None, message: str
) -> list[Finding]:
    """Return how the results on the given arrays, which hold the numbers of a fill, differ. Raises SubjectError."""
    got = trial.started(tensors, dout)()
    _, allowed = trial.plain()
    return list(trial.compared(check, got, filled.truth.values, allowed, message))


LAYOUT = KernelCheck(name="layout", judge=layout)
ALIGNMENT = KernelCheck(name="alignment", judge=alignment)
