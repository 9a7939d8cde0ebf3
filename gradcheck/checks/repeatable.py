"""The check `repeatable`: equal calls give equal results."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Array
from gradcheck.evidence import compare
from gradcheck.evidence.findings import note, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

VARIES = "two equal calls differ by rounding: sums in an order that varies"


def repeatable(trial: Trial, part: str) -> Iterator[Finding]:
    """The same call gives the same result twice.

    Forward runs twice on equal inputs, and backward twice on the same cache. Common mistakes: gradients that accumulate
    over calls, a cache that backward uses up, random numbers without a seed. A difference within rounding is a note.
    """
    if part == "forward":
        once, again = trial.out().copy(), trial.out(trial.call())
        yield from _same(trial, "out", once, again, trial.output_bound)
        return
    call = trial.call()
    first = {name: values.copy() for name, values in trial.gradients(call, trial.dout.copy()).items()}
    second = trial.gradients(call, trial.dout.copy())
    for name in trial.wanted:
        yield from _same(trial, f"d{name}", first[name], second[name], trial.gradient_bound(name, trial.dout))


def _same(trial: Trial, name: str, once: Array, again: Array, bound: float) -> Iterator[Finding]:
    tensor = name.removeprefix("d")
    found = compare.difference(tensor, again, once, bound)
    if found is not None:
        part = "forward" if name == "out" else "backward"
        yield wrong_entry(trial, name, found, f"a second {part} differs")
    elif compare.difference(tensor, again, once) is not None:
        yield note(trial, VARIES, name)


REPEATABLE = Check(name="repeatable", judge=repeatable, cases=3)
