"""The check `repeatable`: equal calls give equal results."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Array
from gradcheck.evidence import compare
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def repeatable(trial: Trial, part: str) -> Iterator[Finding]:
    """The same call gives the same result twice.

    Forward runs twice on equal inputs, and backward twice on the same cache. Common mistakes: gradients that accumulate
    over calls, a cache that backward uses up, random numbers without a seed.
    """
    if part == "forward":
        yield from _same(
            trial, "out", trial.out().copy(), trial.out(trial.call()), "a second forward differs"
        )
        return
    call = trial.call()
    once = {name: values.copy() for name, values in trial.gradients(call, trial.dout.copy()).items()}
    again = trial.gradients(call, trial.dout.copy())
    for name in trial.wanted:
        yield from _same(trial, f"d{name}", once[name], again[name], "a second backward differs")


def _same(trial: Trial, name: str, once: Array, again: Array, what: str) -> Iterator[Finding]:
    found = compare.difference(name.removeprefix("d"), again, once)
    if found is not None:
        yield wrong_entry(trial, name, found, what)


REPEATABLE = Check(name="repeatable", judge=repeatable, cases=3)
