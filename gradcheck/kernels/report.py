"""What is said about a kernel, which is also the JSON that ``gradcheck kernel --format json`` writes."""

from typing import Self

import msgspec

from gradcheck.report import Finding, Verdict, worst

SCHEMA = "gradcheck-kernel/1"

USUAL = "conv2d"
"""The layer that a kernel is judged as where none is named."""

ALL_ZERO = "all that it should give is zero: this could hardly have failed"
"""Why a check leaves out a problem on which a kernel that does nothing would be right."""

UNJUDGED = "not judged"
"""How a reason begins that is about a call of the kernel, and not about a check."""


class Rounding(msgspec.Struct, frozen=True, kw_only=True):
    """How far a result on random reals is from the right one.

    `ulps` is the largest error in units in the last place, at the entry `index`, where `allowed` units are within the
    bound. `share` is the largest part of its bound that any entry took, and `histogram` counts the entries whose error
    is at most 0, 1/2, 1, 2, 4, 16, 256 units, or more.
    """

    tensor: str
    ulps: float
    share: float
    histogram: tuple[int, ...]
    index: tuple[int, ...] | None = None
    allowed: float | None = None


class KernelOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one check fared on one problem, and why where it says nothing."""

    check: str
    verdict: Verdict
    reason: str | None = None
    findings: tuple[Finding, ...] = ()
    roundings: tuple[Rounding, ...] = ()

    @classmethod
    def of(cls, check: str, findings: list[Finding]) -> Self:
        """Return a pass, or the worst that was found."""
        verdict = worst(finding.verdict for finding in findings) if findings else Verdict.PASS
        return cls(check=check, verdict=verdict, findings=tuple(findings))

    @classmethod
    def skipped(cls, check: str, reason: str) -> Self:
        """Return that a check means nothing here, and why."""
        return cls(check=check, verdict=Verdict.SKIP, reason=reason)


class ProblemReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a kernel fared on one problem."""

    problem: str
    verdict: Verdict
    outcomes: tuple[KernelOutcome, ...]
    seconds: float


class KernelReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of one command.

    `title` is what the kernel runs on, with the version; `notes` say what of it was not judged, and `looked_for` which
    cheats were looked for, each with what finds it. `isolation` is the level at which it ran: `process` in that of the
    judge, `rlimits` in one of its own.
    """

    schema: str = SCHEMA
    verdict: Verdict
    target: str
    title: str
    layer: str
    dtype: str
    seed: int
    seconds: float
    problems: tuple[ProblemReport, ...]
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    looked_for: tuple[str, ...] = ()
    isolation: str = "process"
