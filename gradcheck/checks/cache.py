"""The check `cache`: backward only reads the cache."""

from collections.abc import Iterator
from functools import partial

from gradcheck.checks.check import Check
from gradcheck.contract import Array, Arrays, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.findings import fault, wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def cache(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward does not change the cache.

    Otherwise a second backward on the same cache differs. probs[range(N), y] -= 1 changes the cached probabilities
    themselves: take a copy first.
    """
    call = trial.call()
    before = [values.copy() for values in call.cached()]
    gradients = {name: v.copy() for name, v in trial.gradients(call, trial.dout.copy()).items()}
    after = call.cached()
    changed = len(before) != len(after) or any(
        was.shape != now.shape or compare.difference("cache", now, was) is not None
        for was, now in zip(before, after, strict=False)
        if was.dtype.kind in "fiub"
    )
    if changed:
        yield fault(trial, "backward changes an array in the cache", tensor="cache")
    elif not trial.subject.interface.draws_mask:
        yield from _once(trial, gradients)


def _once(trial: Trial, gradients: Arrays) -> Iterator[Finding]:
    """Judge the gradients, too: they are those of the same call before and after it."""

    def again(name: str) -> Array:
        return trial.gradients(trial.call(), trial.dout.copy())[name]

    for name, got in gradients.items():
        bound = trial.gradient_bound(name, trial.dout)
        found = compare.once(name, got, trial.grads[name], bound, partial(again, name))
        if found is not None:
            yield wrong_entry(trial, f"d{name}", found, "differs from the same call before and after it")


def _applies(subject: Subject, part: str) -> str | None:
    return "this interface has no cache" if subject.interface.fused else None


CACHE = Check(name="cache", judge=cache, parts=("backward",), cases=3, excusable=False, applies=_applies)
