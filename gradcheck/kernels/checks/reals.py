"""Random reals, on which everything is rounded."""

import numpy as np

from gradcheck.contract import Array
from gradcheck.kernels import operations
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.report import ALL_ZERO, KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import rounding_of
from gradcheck.report import Finding, Verdict

SINGLE = 24
TOO_SHORT = "sums of this length in {} may be anything; demand longer ones with --sums-in float32"
TIED = "reals of so few bits tie, and rounding decides which of them wins: integers judge it"
TOO_FAR = "further from the right result than rounding explains"


ZERO = 2.0**-40
"""The share of the largest result below which one is zero but for rounding, as that of a bias that softmax cancels."""


def reals(trial: KernelTrial) -> KernelOutcome:
    """As near to exact arithmetic as rounding explains, on random reals.

    The bound is computed for each entry, from the dtype, the number of terms and the sum of their absolute values. A
    kernel that is declared inexact has one bound for all entries.
    """
    if trial.dtype.is_integer:
        return KernelOutcome.skipped("reals", "integers are never rounded")
    filled = trial.filled("reals")
    assert filled is not None
    allowed, right = trial.bounds(filled, "reals"), filled.truth
    got, missing = trial.results_at_least("reals", filled)
    findings = [*trial.compared("reals", got, right.values, allowed, TOO_FAR), *missing]
    if not findings and not any(map(_largest, right.values.values())):
        return KernelOutcome.skipped("reals", ALL_ZERO)
    useless = [name for name, values in right.values.items() if not _is_useful(allowed[name], values)]
    if len(useless) < len(right.values):  # what has to be zero, such as a gradient of one class, is no riddle
        least = ZERO * max(map(_largest, right.values.values()))
        useless = [name for name in useless if _largest(right.values[name]) > least]
    short = useless and not findings and trial.dtype.accumulator_bits < SINGLE
    ties = useless and not trial.needs_reals and operations.of(trial.case.layer.name).products is None
    findings += [_hides(trial, name) for name in useless if not findings and not short and not ties]
    roundings = tuple(
        rounding_of(name, got[name], values, allowed[name], trial.dtype)
        for name, values in right.values.items()
        if name in got and np.isfinite(got[name]).all()
    )
    judged = KernelOutcome.of("reals", findings)
    reason = f"declared {trial.inexact}: a normwise bound" if trial.inexact else None
    return KernelOutcome(
        check="reals",
        verdict=(Verdict.INCONCLUSIVE if trial.needs_reals else Verdict.SKIP) if short else judged.verdict,
        reason=TOO_SHORT.format(trial.dtype.name) if short else TIED if ties and not findings else reason,
        findings=judged.findings,
        roundings=roundings,
    )


def _largest(values: Array) -> float:
    """Return the largest finite absolute value, or 0."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _is_useful(bound: Array, values: Array) -> bool:
    """Return whether the error allowed is small against the numbers."""
    return not values.size or bool(np.median(bound) <= np.sqrt(np.mean(np.square(values))))


def _hides(trial: KernelTrial, name: str) -> Finding:
    message = "the error that rounding explains is as large as the result: this says nothing"
    return trial.finding("reals", message, Verdict.INCONCLUSIVE, tensor=name)


REALS = KernelCheck(name="reals", judge=reals, of_results=True)
