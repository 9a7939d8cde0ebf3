"""Integers, on which nothing is rounded."""

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.kernels import operations
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.report import ALL_ZERO, KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import lengths
from gradcheck.report import Finding, Verdict

TRUST = 0.3
"""A result with a smaller share of numbers that are not zero proves little."""

ROUNDED = "its results are rounded on integers, too: the check reals judges them"
DIFFERS = "not what exact arithmetic gives: no sum here is rounded, in any order"


def exact(trial: KernelTrial) -> KernelOutcome:
    """Equal to exact arithmetic, on integers as large as the dtype allows.

    Every sum of the absolute values of the terms is an integer that the dtype holds, so that no order of summation
    rounds. What differs is wrong.
    """
    if trial.inexact:
        return KernelOutcome.skipped("exact", f"declared {trial.inexact}")
    if trial.is_rounded:
        return KernelOutcome.skipped("exact", ROUNDED)
    filled = trial.filled("even")
    if filled is None and operations.of(trial.case.layer.name).products is None:
        return KernelOutcome.skipped("exact", f"{trial.dtype.name} has no room for its integers")
    if filled is None:
        reason = f"no integers of {trial.dtype.name} are small enough for its sums"
        return KernelOutcome(check="exact", verdict=Verdict.INCONCLUSIVE, reason=reason)
    return _compared(trial, "exact", filled)


def operands(trial: KernelTrial) -> KernelOutcome:
    """Equal to exact arithmetic where x has as many bits as fit: operands keep all their bits.

    A kernel that rounds its operands to a shorter format (TF32, bfloat16) and sums in a long one differs here.
    """
    if trial.inexact:
        return KernelOutcome.skipped("operands", f"declared {trial.inexact}")
    if operations.of(trial.case.layer.name).products is None:
        return KernelOutcome.skipped("operands", "it sums no products: the check reals judges its operands")
    filled = trial.filled("wide")
    if filled is None:
        return KernelOutcome.skipped(
            "operands", f"{trial.dtype.name} has no room for long operands in sums of this length"
        )
    return _compared(trial, "operands", filled)


def _compared(trial: KernelTrial, check: str, filled: Filled) -> KernelOutcome:
    """Return how the kernel's results compare with the right ones, which are exact."""
    got, missing = trial.results_at_least(check, filled)
    right = filled.truth.values
    findings = [*trial.compared(check, got, right, None, DIFFERS), *missing]
    if not findings and not any(np.any(values != 0) for values in right.values()):
        return KernelOutcome.skipped(check, ALL_ZERO)
    return KernelOutcome.of(check, findings or _too_sparse(trial, check, right))


def _too_sparse(trial: KernelTrial, check: str, right: Arrays) -> list[Finding]:
    """Return what is to be said of results that are nearly all zero: a wrong kernel might give them too."""
    if operations.of(trial.case.layer.name).products is None:
        return []
    terms = lengths(trial.case)
    shares = {name: _share_of_nonzero(values, terms[name] > 0) for name, values in right.items()}
    return [
        trial.finding(
            check,
            f"only {share:.0%} of what it should give is not zero: this could hardly have failed",
            Verdict.INCONCLUSIVE,
            tensor=name,
        )
        for name, share in shares.items()
        if share < TRUST
    ]


def _share_of_nonzero(values: Array, reachable: Array) -> float:
    """Return which part of the entries that have any terms is not zero; 1 where there is none."""
    wanted = np.broadcast_to(reachable, values.shape)
    return float(np.mean(values[wanted] != 0)) if wanted.any() else 1.0


EXACT = KernelCheck(name="exact", judge=exact, of_results=True)
OPERANDS = KernelCheck(name="operands", judge=operands, of_results=True)
