"""Numbers that are none."""

import numpy as np

from gradcheck.evidence import fill
from gradcheck.kernels.checks.check import KernelCheck, outcome, skipped
from gradcheck.kernels.dtypes import loaded, stored
from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial
from gradcheck.kernels.truth import truth

LOST = "a NaN in x does not come out where it is seen, and only there"


def special(trial: Trial) -> Outcome:
    """A NaN in x makes every output that sees it NaN, and no other."""
    if trial.inexact or trial.dtype.is_integer:
        return skipped("special", "a NaN may spread" if trial.inexact else "there is no NaN among integers")
    filled = trial.filled("even")
    if filled is None:
        return skipped("special", "no integers are small enough")
    values = {name: loaded(array, trial.dtype) for name, array in filled.tensors.items()}
    spoiled = values["x"].copy()
    spoiled.flat[fill.generator(trial.case, "special").integers(spoiled.size)] = np.nan
    values["x"] = spoiled
    tensors = {**filled.tensors, "x": stored(spoiled, trial.dtype)}
    got = trial.kernel.started(trial.case, trial.dtype, tensors, None)()
    return outcome(
        "special", list(trial.compared("special", got, truth(trial.case, values, None).values, None, LOST))
    )


SPECIAL = KernelCheck(name="special", judge=special)
