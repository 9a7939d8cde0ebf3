"""One mistake is told once: a result that is wrong on plain numbers is wrong in nearly every other check, too."""

from collections.abc import Callable, Iterable

from gradcheck.kernels.report import Outcome
from gradcheck.report import Verdict, worst

Judged = Callable[[str], Outcome]
"""The name of a check -> how it fares."""


def outcomes(checks: Iterable[str], judged: Judged, inexact: bool = False) -> list[Outcome]:
    """Return how the checks fare, in their order, with no finding that is there on plain numbers already.

    Parameters
    ----------
    checks : iterable of str
        The names of the checks.
    judged : callable
        How one of them fares; not asked where a plain call gives nothing that could be judged.
    inexact : bool
        Whether reals are the plain numbers, instead of integers.
    """
    names, plain = tuple(checks), "reals" if inexact else "exact"
    first = judged(plain) if plain in names else None
    return [first if first and name == plain else _beside(first, name, judged) for name in names]


def _beside(first: Outcome | None, name: str, judged: Judged) -> Outcome:
    """Return how a check fares, without what the first one has found."""
    known = {finding.tensor for finding in first.findings if _is_told(finding.verdict)} if first else set()
    if first is None or not known:
        return judged(name)
    explained = f"not after {first.check}: {first.verdict}"
    if None in known:
        return Outcome(check=name, verdict=Verdict.SKIP, reason=explained)
    found = judged(name)
    kept = tuple(finding for finding in found.findings if finding.tensor not in known)
    if len(kept) == len(found.findings):
        return found
    return Outcome(
        check=name,
        verdict=worst(finding.verdict for finding in kept),
        reason=None if kept else explained,
        findings=kept,
        roundings=tuple(rounding for rounding in found.roundings if rounding.tensor not in known),
    )


def _is_told(verdict: Verdict) -> bool:
    return verdict.is_wrong or verdict is Verdict.MISSING
