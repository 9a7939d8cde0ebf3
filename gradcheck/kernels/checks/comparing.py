"""Judging a kernel on the usual numbers, given to it in an unusual way."""

from gradcheck.contract import Array, Arrays
from gradcheck.kernels import bounds
from gradcheck.kernels.fills import Filled
from gradcheck.kernels.trial import Trial
from gradcheck.report import Finding


def numbers(trial: Trial) -> Filled | None:
    """Return integers, on which a kernel has to be equal; reals where it is declared inexact."""
    return trial.filled("reals" if trial.inexact else "even")


def compared(
    trial: Trial, check: str, filled: Filled, tensors: Arrays, dout: Array | None, message: str
) -> list[Finding]:
    """Return how the results on the given arrays, which hold the numbers of a fill, differ. Raises SubjectError."""
    got = trial.kernel.started(trial.case, trial.dtype, tensors, dout)()
    right, allowed = filled.truth, None
    if trial.inexact:
        allowed = bounds.normwise(trial.case, trial.dtype, right, trial.inexact)
    return list(trial.compared(check, got, right.values, allowed, message))
