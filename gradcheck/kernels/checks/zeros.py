"""Zeros: a tensor that is all zero, and some zeros among other numbers."""

from collections.abc import Iterator

import numpy as np

from gradcheck.contract import Array, Arrays, SubjectError
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Winner
from gradcheck.kernels import operations
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.dtypes import stored
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import Truth, results, truth
from gradcheck.report import Finding

SOME = 0.75
"""The share of other numbers among zeros."""

NEARBY = 2.0**-40
"""At numbers so small, too, a result must be nearly that at zero: where it jumps, nothing is asked."""

JUMP = 1e-3
"""The share of the largest result by which it jumps."""


def zeros(trial: KernelTrial) -> KernelOutcome:
    """The right results where a tensor is zero, or a part of it.

    A product that has nothing to do may leave its output as it found it; a gradient that divides by its input is not
    finite where that is zero. Gradients are asked where they do not jump there, as that of a ReLU does.
    """
    filled, bounds = trial.plain()
    if filled is None or trial.inexact:
        return KernelOutcome.skipped(
            "zeros", "asked with exact numbers only" if filled else "no integers are small enough"
        )
    findings: list[Finding] = []
    for what, given in _zeroed(trial, filled):
        findings += _judged(trial, what, given, bounds)
    return KernelOutcome.of("zeros", findings)


def _zeroed(trial: KernelTrial, filled: Filled) -> Iterator[tuple[str, Filled]]:
    """Yield what is zero, and the numbers with it, where the results are finite and do not jump."""
    values, dout = filled.values(trial.dtype)
    first = next(name for name, array in values.items() if array.dtype.kind == "f")
    products = operations.of(trial.case.layer.name).products
    some = fill.generator(trial.case, "special", 2)
    for name in dict.fromkeys([first, *trial.case.wanted]) if products is None else products["out"]:
        shares = (0.0, SOME) if name == first and products is None else (0.0,)
        if bool(np.all((values[name] >= 0) & (values[name] <= 1))):
            continue  # it may have to be a probability
        for share in shares:
            kept = some.random(values[name].shape) < share
            what = f"{name} has zeros" if share else f"{name} is zero"
            changed = {**values, name: np.where(kept, values[name], 0.0)}
            # As in inference, and with gradients, of a product once. Where there are kinks, zeros may tie.
            has_kinks = isinstance(trial.case.layer.arithmetic, Winner)
            is_asked = not has_kinks and (products is None or name == first)
            for upstream in (None, dout) if is_asked and dout is not None else (None,):
                yield from _known(trial, what, changed, name, upstream)
    if dout is not None:
        yield from _known(trial, "dout is zero", values, "", np.zeros_like(dout))


def _known(
    trial: KernelTrial, what: str, values: Arrays, name: str, dout: Array | None
) -> Iterator[tuple[str, Filled]]:
    """Yield the numbers with what is right for them, where that is defined."""
    right = results(trial.case, values, dout)
    is_finite = all(np.isfinite(each).all() for each in right.values())
    if is_finite and not (name and _jumps(trial, values, name, dout, right)):
        kept = {each: stored(array, trial.dtype) for each, array in values.items()}
        found = truth(trial.case, values, dout) if trial.needs_reals else Truth(right, right)
        yield what, Filled(kept, None if dout is None else stored(dout, trial.dtype), found)


def _jumps(trial: KernelTrial, values: Arrays, name: str, dout: Array | None, right: Arrays) -> bool:
    """Return whether a result changes where the zeros of a tensor are tiny numbers instead."""
    if operations.of(trial.case.layer.name).products is not None:
        return False
    rng, shape = fill.generator(trial.case, "special", 3), values[name].shape
    away = NEARBY * rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1, shape)
    for move in (away, -away):  # of equal numbers, one move and its opposite have different winners
        nearby = np.where(values[name] == 0, move, values[name])
        for each, found in results(trial.case, {**values, name: nearby}, dout).items():
            largest = float(np.abs(right[each]).max(initial=0.0))
            if not (np.abs(found - right[each]) <= JUMP * largest + NEARBY**0.5).all():
                return True
    return False


def _judged(trial: KernelTrial, what: str, given: Filled, bounds: Arrays | None) -> list[Finding]:
    """Return what is wrong; what rounds other numbers may be off as far here, as they may meet on the way."""
    message = f"wrong where {what}"
    try:
        got = trial.results(given)
    except SubjectError as problem:
        return [trial.failed_where("zeros", message, problem)]
    allowed = None
    if bounds is not None:
        allowed = {name: bound + bounds[name] for name, bound in trial.bounds(given).items()}
    return list(trial.compared("zeros", got, given.truth.values, allowed, message))


ZEROS = KernelCheck(name="zeros", judge=zeros)
