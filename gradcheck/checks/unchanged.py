"""The check `unchanged`: arguments are only read."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.evidence import compare
from gradcheck.evidence.findings import note, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def unchanged(trial: Trial, part: str) -> Iterator[Finding]:
    """The function does not change its arguments.

    x *= 2, x[x < 0] = 0, and out = x followed by out[...] = 0, all write into the caller's array: take a copy first. A
    change of dout in place is a convention of some codes, and a note; so is an update of running statistics in place.
    """
    if part == "forward":
        call, before = trial.first, trial.tensors
        trial.out(call)
    else:
        _ = trial.results
        call, before = trial.run.call, trial.run.before
        if compare.difference("out", trial.run.dout, trial.run.given) is not None:
            yield note(trial, "dout is changed in place", "dout")
    for name, values in before.items():
        found = compare.difference(name, call.arguments[name], values)
        # In evaluation nothing is updated, so a change is never right there.
        if found is not None and name in call.updated and trial.params["mode"] == "train":
            yield note(trial, f"{name} is updated in place", name)
        elif found is not None:
            yield wrong_entry(trial, name, found, f"{part} changes its argument {name}")


UNCHANGED = Check(name="unchanged", judge=unchanged, cases=24, excusable=False)
