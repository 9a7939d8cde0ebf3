"""The check `alias`: results have memory of their own."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check
from gradcheck.contract import Array, Arrays
from gradcheck.evidence.findings import fault
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

MOST_WORK = 10_000
"""Candidates that NumPy may try. An exact answer about two strided views can take exponential time."""


def alias(trial: Trial, part: str) -> Iterator[Finding]:
    """No result shares memory with an argument.

    Otherwise a later change of one changes the other. x.reshape(...) and x.T are views of x, and out = x is x itself:
    return a copy.
    """
    if part == "forward":
        call = trial.first
        tracked = {name: call.outputs.get(name) for name in trial.layer.shapes.tracked}
        results = {name: value for name, value in tracked.items() if isinstance(value, np.ndarray)}
        yield from _judge(trial, {"out": trial.out(call), **results}, call.arguments)
        return
    results = {f"d{name}": values for name, values in trial.results.items()}
    yield from _judge(trial, results, {**trial.run.call.arguments, "dout": trial.run.dout})


def _judge(trial: Trial, results: Arrays, arguments: Arrays) -> Iterator[Finding]:
    for name, result in results.items():
        for other, argument in arguments.items():
            if _overlap(result, argument):
                yield fault(trial, f"{name} shares its memory with the argument {other}", tensor=name)


def _overlap(a: Array, b: Array) -> bool:
    try:
        return np.shares_memory(a, b, max_work=MOST_WORK)  # type: ignore[arg-type]  # NumPy's stubs know -1 and 0 only
    except np.exceptions.TooHardError:
        return False  # not proved, so no accusation


ALIAS = Check(name="alias", judge=alias, cases=24, excusable=False)
