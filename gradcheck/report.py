"""What a verification says: findings, and the report they add up to.

The structures here are also the JSON that ``--format json`` writes (schema ``gradcheck/1``, see
docs/report.md); a field that is renamed here breaks somebody's program.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

SCHEMA = "gradcheck/1"


class Verdict(StrEnum):
    """What is known about a part, or about one property of it. Never a bare bool."""

    FAIL = "fail"
    ERROR = "error"
    TIMEOUT = "timeout"
    MISSING = "missing"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105 - a verdict, no password
    SKIP = "skip"

    @property
    def is_wrong(self) -> bool:
        """Whether this verdict makes the command exit with 1."""
        return self in (Verdict.FAIL, Verdict.ERROR, Verdict.TIMEOUT)


class Severity(StrEnum):
    """A fault is wrong; a note is a convention worth knowing, which a rubric may demand."""

    FAULT = "fault"
    NOTE = "note"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that decides among several (the order in which `Verdict` lists them)."""
    found = set(verdicts)
    return next((verdict for verdict in Verdict if verdict in found), Verdict.SKIP)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check saw on one case: role, place, both numbers, and the line that shows it again.

    `bound` is the error that was allowed at `index`: 0 where the arithmetic is exact. `mutant` names the known
    mistake that explains the finding, where there is only one; otherwise `candidates` has those that do.
    """

    check: str
    severity: Severity
    verdict: Verdict
    message: str
    tensor: str | None = None
    case: str | None = None
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    where: str | None = None
    mutant: str | None = None
    candidates: tuple[str, ...] = ()


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """How one check fared on one part: on how many cases it ran, or why it did not."""

    check: str
    verdict: Verdict
    cases: int
    reason: str | None = None


class PartReport(msgspec.Struct, frozen=True, kw_only=True):
    """One function of the subject: the forward or the backward of one layer.

    `miss_bound` is the largest probability, over the cases, that a wrong gradient was not seen; None
    where no gradient was judged. `seconds` is the time spent on this part.
    """

    layer: str
    part: str
    function: str
    verdict: Verdict
    cases: int
    miss_bound: float | None
    seconds: float
    findings: tuple[Finding, ...]
    checks: tuple[CheckReport, ...]


class TargetReport(msgspec.Struct, frozen=True, kw_only=True):
    """One file, module or package, read in one dialect. `error` says why nothing could be judged.

    `isolation` is the level at which its code ran (docs/isolation.md); None where it did not run at all.
    """

    target: str
    dialect: str | None
    verdict: Verdict
    parts: tuple[PartReport, ...]
    notes: tuple[str, ...] = ()
    error: str | None = None
    isolation: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of one command."""

    schema: str = SCHEMA
    verdict: Verdict
    seconds: float
    seed: int
    targets: tuple[TargetReport, ...]

    def parts(self) -> list[PartReport]:
        """Return the parts of all targets, in order."""
        return [part for target in self.targets for part in target.parts]

    def findings(self) -> list[Finding]:
        """Return the findings of all parts, in order."""
        return [finding for part in self.parts() for finding in part.findings]
