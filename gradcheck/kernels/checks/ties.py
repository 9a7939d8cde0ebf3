"""Equal maxima, of which an index names the first."""

import numpy as np

from gradcheck.evidence import fill
from gradcheck.kernels import operations
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.dtypes import stored
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.kernels.truth import truth

LEVELS = 3
"""So many different numbers there are."""

NOT_FIRST = (
    "of equal numbers not the first: NumPy and PyTorch name that; say --declare ties where any may come"
)


def ties(trial: KernelTrial) -> KernelOutcome:
    """The index of the first of equal numbers, as NumPy and PyTorch promise it."""
    if "ties" in trial.excused:
        return KernelOutcome.skipped("ties", "declared to name any of equal numbers")
    if operations.of(trial.case.layer.name).returns is None:
        return KernelOutcome.skipped("ties", "it gives no index")
    rng = fill.generator(trial.case, "special", 4)
    values = {
        name: rng.integers(0, LEVELS, shape).astype(np.float64) for name, shape in trial.case.shapes.items()
    }
    got = trial.started({name: stored(array, trial.dtype) for name, array in values.items()}, None)()
    right = truth(trial.case, values, None).values
    return KernelOutcome.of("ties", list(trial.compared("ties", got, right, None, NOT_FIRST)))


TIES = KernelCheck(name="ties", judge=ties)
