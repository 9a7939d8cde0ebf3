"""Numbers of other sizes: tiny ones, small ones, wide ones, and large ones of one sign."""

from collections.abc import Iterator

import numpy as np

from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.dtypes import loaded, stored
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import truth
from gradcheck.report import Finding

TINY = 2.0**-20
"""Squares of such numbers are far below every usual eps, and below what takes the place of a variance of zero."""

SMALL = 2.0**-8
"""Squares of such numbers are near the usual eps of 1e-5."""

WIDE = 8.0
"""Sigmoid, tanh and erf are on the way to their limits there, and not at them."""

LARGE = 2.0**20
"""Beyond what is taken for infinity by mistake, such as 1e4, and beyond float16."""

SHARE = 2.0**-13
"""What lies between 0 and 1 may be a probability. Right code may cut off smaller ones than these: at 1e-7, say."""

MOST = 2.0**60
"""Where a result is larger, what is on the way to it may overflow."""

LONG = ("float64", "float32", "bfloat16")
"""Formats with room for such numbers, and for their squares."""


def scales(trial: KernelTrial) -> KernelOutcome:
    """Right for numbers of other sizes, too: tiny, small, wide and large ones.

    A guard against a division by zero, or its logarithm, shows for small numbers (max(variance, 1e-3), a root plus eps,
    log(p + 1e-9)); what stands for infinity (1e4), and where a function is cut off, for large ones.
    """
    if trial.inexact or trial.dtype.name not in LONG:
        return KernelOutcome.skipped(
            "scales", "one bound for all entries" if trial.inexact else "its format has no room for them"
        )
    filled = trial.filled("reals")
    assert filled is not None
    findings: list[Finding] = []
    for what, given in _scaled(trial, *filled.values(trial.dtype)):
        findings += _judged(trial, what, given, filled)
    return KernelOutcome.of("scales", findings)


def _scaled(trial: KernelTrial, tensors: Arrays, dout: Array | None) -> Iterator[tuple[str, Filled]]:
    """Yield what is of another size, and the numbers with it, where the results are finite, and not huge."""
    for name, what, values in _changes(trial, tensors):
        kept = {each: stored(array, trial.dtype) for each, array in {**tensors, name: values}.items()}
        right = truth(trial.case, {each: loaded(array, trial.dtype) for each, array in kept.items()}, dout)
        if all((np.abs(each) < MOST).all() for each in right.values.values()):  # not where it is NaN
            upstream = None if dout is None else stored(dout, trial.dtype)
            yield f"{name} is {what}", Filled(kept, upstream, right)


def _changes(trial: KernelTrial, tensors: Arrays) -> Iterator[tuple[str, str, Array]]:
    """Yield tensors of other sizes, by name: the first one of several sizes, each other one tiny."""
    layer = trial.case.layer
    numbers = {name: values for name, values in tensors.items() if _has_sizes(values)}
    for number, (name, values) in enumerate(numbers.items()):
        if _is_share(values):
            yield name, "near zero", values * SHARE
        elif layer.arithmetic.exact:
            if not number:
                yield name, "large", values * LARGE
                yield name, "large and negative", -np.abs(values) * LARGE
        elif layer.numbers.large:
            yield name, "tiny", values * TINY
            if not number:
                yield name, "small", values * SMALL
                yield name, "wide", values * WIDE


def _has_sizes(values: Array) -> bool:
    """Return whether a tensor has numbers whose size means something: not those of a mask, or of a distribution."""
    if values.dtype.kind != "f" or not values.size or not np.isfinite(values).all():
        return False
    is_mask = np.isin(values, (0.0, 1.0)).all()
    return not is_mask and not (_is_share(values) and np.allclose(values.sum(axis=-1), 1, atol=0.05))


def _is_share(values: Array) -> bool:
    return bool(np.all((values >= 0) & (values <= 1)))


def _judged(trial: KernelTrial, what: str, given: Filled, plain: Filled) -> list[Finding]:
    """Return what is wrong; it may be off by as much as on plain numbers: small ones may be added to 1 on the way."""
    message = f"wrong where {what}: is there a guard, a limit or an approximation that shows there?"
    try:
        got = trial.results(given)
    except SubjectError as problem:
        return [trial.failed_where("scales", f"wrong where {what}", problem)]
    usual, found = trial.bounds(plain, "reals"), trial.bounds(given)
    allowed = {name: bound + usual[name] for name, bound in found.items()}
    return list(trial.compared("scales", got, given.truth.values, allowed, message))


SCALES = KernelCheck(name="scales", judge=scales)
