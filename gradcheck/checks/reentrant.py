"""The check `reentrant`: calls share no state."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Call, Subject
from gradcheck.evidence import compare, rounding
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def reentrant(trial: Trial, part: str) -> Iterator[Finding]:
    """Calls share no state: two forwards, then the backward of the first.

    Put everything that backward needs into the cache that forward returns. If it lives in a module, on a function or in
    an object that all calls share, a second forward overwrites it, and the first backward is wrong. Differences within
    rounding are left to the check `repeatable`.
    """
    alone = trial.call()
    out_alone = trial.out(alone).copy() if part == "forward" else None
    first = trial.call()
    out = trial.out(first) if part == "forward" else None
    second = Trial(trial.subject, trial.case.but(seed=trial.case.seed + 1))
    later = second.call()
    if out is not None and out_alone is not None:
        found = compare.difference("out", out, out_alone, trial.output_bound)
        if found is not None:
            yield wrong_entry(trial, "out", found, "a later forward changed what an earlier one returned")
        elif trial.forward_is_right:
            yield from _second(second, later)
        return
    after = trial.gradients(first, trial.dout.copy())
    for name, values in trial.grads.items():
        found = compare.difference(name, after[name], values, trial.gradient_bound(name, trial.dout))
        if found is not None:
            yield wrong_entry(trial, f"d{name}", found, "a later forward changed an earlier one's backward")


def _second(trial: Trial, call: Call) -> Iterator[Finding]:
    """Judge the output of the second forward, too: what stays wrong is left to other checks."""
    reference = trial.reference_for(call)
    bound = rounding.of_output(reference, trial.case)
    found = compare.once("out", trial.out(call), reference.here[0], bound, lambda: trial.out(trial.call()))
    if found is not None:
        yield wrong_entry(trial, "out", found, "not the layer's output, while an equal call gives it")


def _applies(subject: Subject, part: str) -> str | None:
    return (
        "output and gradient come from one call" if subject.interface.fused and part == "backward" else None
    )


REENTRANT = Check(name="reentrant", judge=reentrant, cases=2, applies=_applies)
