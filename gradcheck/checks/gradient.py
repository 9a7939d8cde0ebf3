"""The check `gradient`: backward returns the derivative."""

from collections.abc import Callable, Iterator

import numpy as np

from gradcheck.checks.check import Check
from gradcheck.checks.precision import with_digits
from gradcheck.contract import VALUES, Array
from gradcheck.evidence.arithmetic import Winner
from gradcheck.evidence.compare import Evidence
from gradcheck.evidence.findings import against
from gradcheck.evidence.probing import differences_for, exact_suspects, explain
from gradcheck.evidence.smooth import smooth_differences, smooth_differences_for
from gradcheck.evidence.trial import Trial
from gradcheck.layers.space import products
from gradcheck.report import Finding

EVERY = 6
"""One of so many cases beyond the battery is asked one more upstream gradient, by turns one of each kind."""

LARGEST = 20_000
"""The most products of such a case: code that looks at dout does so in small ones, too."""

LEVEL = 1000.0


def same(trial: Trial) -> Array:
    """Return the output, as the loss sum(out^2) / 2 hands it back."""
    return np.array(trial.out(), dtype=trial.case.dtype)


def level(trial: Trial) -> Array:
    """Return numbers that differ by little: their mean is many times as large."""
    return LEVEL + np.arange(trial.dout.size, dtype=trial.case.dtype).reshape(trial.dout.shape) % 3


def ones(trial: Trial) -> Array:
    """Return ones, as the sum of all outputs hands back."""
    return np.ones_like(trial.dout)


def signed_zeros(trial: Trial) -> Array:
    """Return dout with every second entry a negative zero."""
    is_zero = np.arange(trial.dout.size).reshape(trial.dout.shape) % 2 == 1
    return np.where(is_zero, -0.0, trial.dout).astype(trial.case.dtype)


KINDS: tuple[Callable[[Trial], Array], ...] = (same, level, ones, signed_zeros)


def unusual(trial: Trial) -> Array | None:
    """Return the further upstream gradient that a case is asked, if it is its turn."""
    kind, rest = divmod(trial.case.seed, EVERY)
    case, battery = trial.case, trial.layer.cases.battery
    is_turn = not rest and case.geometry not in battery and case.fill in VALUES
    if not is_turn or trial.subject.interface.fused or products(case) > LARGEST or not trial.forward_is_right:
        return None
    # A slope over a kink would be no evidence.
    if isinstance(case.layer.arithmetic, Winner) and not case.exact:
        return None
    dout = KINDS[kind % len(KINDS)](trial)
    # That zeros give zeros is left to `linear`.
    return dout if dout.any() and np.isfinite(dout).all() else None


def gradient(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward returns the derivative of the layer.

    Each gradient is compared with differences of the right forward. A linear, piecewise linear or quadratic layer is
    compared on integers, without a tolerance; a smooth layer within a computed error bound.
    """
    found = smooth_differences(trial) if not trial.case.exact else _exact_differences(trial)
    if not found and (dout := unusual(trial)) is not None:
        found = (differences_for if trial.case.exact else smooth_differences_for)(trial, dout)
    for name, evidence in found.items():
        yield _told(trial, name, evidence)


def _exact_differences(trial: Trial) -> dict[str, Evidence]:
    """Return the evidence against the gradients of an exact layer, by tensor."""
    found = {name: explain(trial, name, suspect) for name, suspect in exact_suspects(trial).items()}
    return {name: evidence for name, evidence in found.items() if evidence is not None}


def _told(trial: Trial, name: str, evidence: Evidence) -> Finding:
    return against(trial, name, evidence, with_digits(trial, evidence.difference, evidence.message))


GRADIENT = Check(name="gradient", judge=gradient, by_value=True, parts=("backward",), by_tensor=True)
