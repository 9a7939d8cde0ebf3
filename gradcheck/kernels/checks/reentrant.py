"""Two calls at the same time."""

from gradcheck.kernels.checks.check import KernelCheck, outcome, skipped
from gradcheck.kernels.fills import FILLS
from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial

DISTURBED = "another result after it was called with other numbers in between"


def reentrant(trial: Trial) -> Outcome:
    """A result stays what it is when the kernel is called again, before backward and after.

    An output in a buffer that is used again, and a cache that two calls share, are changed by the second call.
    """
    first = trial.filled("even")
    other = FILLS["even"](trial.case.but(seed=trial.case.seed + 1), trial.dtype, trial.backward)
    if trial.inexact or first is None or other is None:
        return skipped("reentrant", "asked with exact numbers only")
    arguments = [(trial.case, trial.dtype, each.tensors, each.dout) for each in (first, other)]
    pending = [trial.kernel.started(*each) for each in arguments]
    got, _ = (each() for each in pending)
    return outcome("reentrant", list(trial.compared("reentrant", got, first.truth.values, None, DISTURBED)))


REENTRANT = KernelCheck(name="reentrant", judge=reentrant)
