"""The same result every time: again, with any number of threads, and with another call in between."""

import os
from collections.abc import Iterator

import numpy as np

from gradcheck.contract import Arrays
from gradcheck.kernels.checks.check import KernelCheck
from gradcheck.kernels.fills import FILLS, Filled
from gradcheck.kernels.report import KernelOutcome
from gradcheck.kernels.trial import KernelTrial
from gradcheck.report import Finding

CORES = os.cpu_count() or 1

DISTURBED = "another result after it was called with other numbers in between"
REMEMBERED = "not the result of the numbers that lie there now: others lay there at the call before"


def repeat(trial: KernelTrial) -> KernelOutcome:
    """The same bits when it runs twice, on random reals."""
    if "repeat" in trial.excused:
        return KernelOutcome.skipped("repeat", "declared not to repeat")
    filled = trial.filled("reals")
    assert filled is not None
    first, second = trial.results(filled), trial.results(filled)
    return KernelOutcome.of(
        "repeat", _differences(trial, "repeat", first, second, "another result when it ran again")
    )


def threads(trial: KernelTrial) -> KernelOutcome:
    """The same bits with one thread and with one for each core, on random reals."""
    if "threads" in trial.excused:
        return KernelOutcome.skipped("threads", "declared to depend on the number of threads")
    one, many = trial.kernel.threads(1), trial.kernel.threads(CORES)
    if one is None or many is None:
        return KernelOutcome.skipped("threads", "its threads cannot be set from here")
    filled = trial.filled("reals")
    assert filled is not None
    with one:
        first = trial.results(filled)
    with many:
        second = trial.results(filled)
    message = f"{CORES} threads give another result than one"
    return KernelOutcome.of("threads", _differences(trial, "threads", first, second, message))


def reentrant(trial: KernelTrial) -> KernelOutcome:
    """A result stays what it is when the kernel is called again, before backward and after.

    An output in a buffer that is used again, and a cache that two calls share, are changed by the second call. Other
    numbers in the same memory have another result: a kernel that knows earlier results by an address is wrong.
    """
    if trial.inexact:
        return KernelOutcome.skipped("reentrant", "asked with exact numbers only")
    first, allowed = trial.plain()
    fill = FILLS["even" if allowed is None else "reals"]
    other = fill(trial.case.but(seed=trial.case.seed + 1), trial.dtype, trial.backward)
    if first is None or other is None:
        return KernelOutcome.skipped("reentrant", "no integers are small enough")
    pending = [trial.started(each.tensors, each.dout) for each in (first, other)]
    got, _ = (each() for each in pending)
    findings = list(trial.compared("reentrant", got, first.truth.values, allowed, DISTURBED))
    bounds = None if allowed is None else trial.bounds(other)
    remembered = (
        _remembered(trial, first, other, bounds, back) for back in dict.fromkeys([trial.backward, False])
    )
    return KernelOutcome.of("reentrant", findings or [each for found in remembered for each in found])


def _remembered(
    trial: KernelTrial, first: Filled, other: Filled, bounds: Arrays | None, back: bool
) -> Iterator[Finding]:
    """Yield what is wrong where other numbers lie in the same memory as at the call before, `back` or not."""
    tensors = {name: array.copy() for name, array in first.tensors.items()}
    dout = first.dout.copy() if back and first.dout is not None else None
    trial.started(tensors, dout)()
    for name, array in tensors.items():
        array[...] = other.tensors[name]
    if dout is not None:
        dout[...] = other.dout
    got = trial.started(tensors, dout)()
    right = {name: other.truth.values[name] for name in got}
    yield from trial.compared("reentrant", got, right, bounds, REMEMBERED)


def _differences(
    trial: KernelTrial, check: str, first: Arrays, second: Arrays, message: str
) -> list[Finding]:
    both = first.keys() & second.keys()
    changed = [
        name
        for name in first
        if name in both and not np.array_equal(first[name], second[name], equal_nan=True)
    ]
    return [
        finding
        for name in changed
        for finding in trial.compared(check, {name: second[name]}, {name: first[name]}, None, message)
    ]


REPEAT = KernelCheck(name="repeat", judge=repeat)
THREADS = KernelCheck(name="threads", judge=threads)
REENTRANT = KernelCheck(name="reentrant", judge=reentrant)
