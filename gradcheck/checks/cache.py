"""The check `cache`: backward only reads the cache."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Subject
from gradcheck.evidence import compare
from gradcheck.evidence.findings import fault
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def cache(trial: Trial, part: str) -> Iterator[Finding]:
    """Backward does not change the cache.

    Otherwise a second backward on the same cache differs. probs[range(N), y] -= 1 changes the cached probabilities
    themselves: take a copy first.
    """
    call = trial.call()
    before = [values.copy() for values in call.cached()]
    trial.gradients(call, trial.dout.copy())
    after = call.cached()
    changed = len(before) != len(after) or any(
        was.shape != now.shape or compare.difference("cache", now, was) is not None
        for was, now in zip(before, after, strict=False)
        if was.dtype.kind in "fiub"
    )
    if changed:
        yield fault(trial, "backward changes an array in the cache", tensor="cache")


def _applies(subject: Subject, part: str) -> str | None:
    return "this interface has no cache" if subject.interface.fused else None


CACHE = Check(name="cache", judge=cache, parts=("backward",), cases=3, excusable=False, applies=_applies)
