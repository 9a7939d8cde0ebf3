"""The inputs as they were."""

from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial

CHANGED = "changes its input {} in place: the caller still needs it"


def unchanged(trial: KernelTrial) -> KernelOutcome:
    """x, w, b and dout hold the same numbers after forward and backward as before.

    A kernel works in memory of its own: the caller keeps x and w for backward, or for another layer.
    """
    if "unchanged" in trial.excused:
        return KernelOutcome.skipped("unchanged", "declared to change its inputs")
    filled = trial.filled("reals")
    if filled is None:
        return KernelOutcome.skipped("unchanged", "there are no numbers for it")
    dout = None if trial.is_constant else filled.dout
    with trial.excusing():
        changed = trial.kernel.changed(trial.case, trial.dtype, filled.tensors, dout)
    tracked = trial.case.layer.shapes.tracked  # running statistics are there to be updated
    findings = [
        trial.finding("unchanged", CHANGED.format(name), tensor=name)
        for name in changed
        if name not in tracked
    ]
    return KernelOutcome.of("unchanged", findings)


UNCHANGED = KernelCheck(name="unchanged", judge=unchanged)
