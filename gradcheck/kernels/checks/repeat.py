"""The same bits every time, and with any number of threads."""

import os

import numpy as np

from gradcheck.contract import Arrays
from gradcheck.kernels.checks.check import KernelCheck, outcome, skipped
from gradcheck.kernels.report import Outcome
from gradcheck.kernels.trial import Trial
from gradcheck.report import Finding

CORES = os.cpu_count() or 1


def repeat(trial: Trial) -> Outcome:
    """The same bits when it runs twice, on random reals."""
    if "repeat" in trial.declared:
        return skipped("repeat", "declared not to repeat")
    filled = trial.filled("reals")
    assert filled is not None
    first, second = trial.results(filled), trial.results(filled)
    return outcome("repeat", _differences(trial, "repeat", first, second, "another result when it ran again"))


def threads(trial: Trial) -> Outcome:
    """The same bits with one thread and with one for each core, on random reals."""
    if "threads" in trial.declared:
        return skipped("threads", "declared to depend on the number of threads")
    one, many = trial.kernel.threads(1), trial.kernel.threads(CORES)
    if one is None or many is None:
        return skipped("threads", "its threads cannot be set from here")
    filled = trial.filled("reals")
    assert filled is not None
    with one:
        first = trial.results(filled)
    with many:
        second = trial.results(filled)
    message = f"{CORES} threads give another result than one"
    return outcome("threads", _differences(trial, "threads", first, second, message))


def _differences(trial: Trial, check: str, first: Arrays, second: Arrays, message: str) -> list[Finding]:
    changed = [name for name in first if not np.array_equal(first[name], second[name], equal_nan=True)]
    return [
        finding
        for name in changed
        for finding in trial.compared(check, {name: second[name]}, {name: first[name]}, None, message)
    ]


REPEAT = KernelCheck(name="repeat", judge=repeat)
THREADS = KernelCheck(name="threads", judge=threads)
