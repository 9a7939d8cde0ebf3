"""The result of a verification: findings, and the report that collects them.

These structures define the JSON that ``--format json`` writes (schema ``gradcheck/1``, see docs/report.md). Renaming a
field breaks the programs that read it.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

SCHEMA = "gradcheck/1"


class Verdict(StrEnum):
    """The result for one part, or for one property of it; most serious first.

    A bool could not distinguish a failure from a crash, a stub, or a check that did not run.
    """

    FAIL = "fail"
    ERROR = "error"
    TIMEOUT = "timeout"
    MISSING = "missing"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    SKIP = "skip"

    @property
    def is_wrong(self) -> bool:
        """Whether this verdict makes the command exit with status 1."""
        return self in (Verdict.FAIL, Verdict.ERROR, Verdict.TIMEOUT)


class Severity(StrEnum):
    """A fault is an error; a note records a convention, which a rubric may require."""

    FAULT = "fault"
    NOTE = "note"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the most serious of several verdicts, in the order of `Verdict`; SKIP if there are none."""
    found = set(verdicts)
    return next((verdict for verdict in Verdict if verdict in found), Verdict.SKIP)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found on one case: the tensor, the place, both numbers, and the case line that reproduces it.

    `call` is the call of forward on that case in the author's own words, where they are known, and `when` says that
    only one mode fails. `got` and `expected` are the values at `index`, the entry with the largest error. `bound` is
    the error allowed there: 0 where the arithmetic is exact. `where` describes all wrong entries. `mutant` names the
    known mistake that explains the finding, if exactly one does; otherwise `candidates` lists the mistakes that do.
    `explanation` says what the wrong tensor has in common with the right one, where no known mistake explains it.
    `line` is the line of the author's own source where an edit makes every check of the part pass, and `edit` what
    it is then; `lines` has all such lines, best first. `file` is the file, or the notebook's cell, where the target has
    several.
    """

    check: str
    severity: Severity
    verdict: Verdict
    message: str
    tensor: str | None = None
    case: str | None = None
    call: str | None = None
    when: str | None = None
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    where: str | None = None
    mutant: str | None = None
    candidates: tuple[str, ...] = ()
    explanation: str | None = None
    line: int | None = None
    lines: tuple[int, ...] = ()
    edit: str | None = None
    file: str | None = None


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check on one part: the number of cases it ran on, or the `reason` why it did not run."""

    check: str
    verdict: Verdict
    cases: int
    reason: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a part was asked, computed from the cases that really ran.

    `ranges` has the values of each parameter, of extents and windows the smallest and the largest. `dtypes` and `fills`
    count the cases by dtype, and by the kind of numbers. `classes` counts the classes of parameters and numbers that
    occurred, and `pairs` is the share of the pairs of such classes, of all that the drawn cases have. `left_out` says
    which cases were dropped because the code is slow.
    """

    geometries: int
    ranges: dict[str, str]
    dtypes: dict[str, int]
    fills: dict[str, int]
    classes: int
    pairs: float | None = None
    left_out: str | None = None


class PartReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one function of the subject: the forward or the backward of one layer.

    `miss_bound` is an upper bound on the probability that a wrong gradient passed on a case, the largest over
    `miss_cases` of the cases: the others are beyond the battery, or rounding hides small errors there. It is None if no
    gradient was judged. `seconds` is the time spent on this part. `understood` says how the function was called,
    `asked` what it was asked, and `unasked` what it never was. `reason` says why a part was not judged.
    `own_forward`: a backward that passes is, on some cases, the derivative of its own forward, which is wrong.
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
    miss_cases: int = 0
    understood: str | None = None
    unasked: tuple[str, ...] = ()
    asked: Asked | None = None
    reason: str | None = None
    own_forward: bool = False


class Unjudged(msgspec.Struct, frozen=True, kw_only=True):
    """A function or a class of the target that looks like a layer, and was not judged: the `reason` says why."""

    name: str
    reason: str


class TargetReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one file, module or package, read in one dialect. `error` says why nothing could be judged.

    `promised` and `declared` are the checks that the run was asked to demand, and to take for notes.
    `isolation` is the level at which its code ran (docs/isolation.md); None if the code never ran.
    `unjudged` lists what looks like a layer and belongs to no dialect.
    `packages` are those that it could import in a worker because they were allowed, besides NumPy.
    `adapter` is the file that was judged in its place; `left_alone` counts what the target itself defines.
    `root` is the folder of the package that it was said to be part of.
    """

    target: str
    dialect: str | None
    verdict: Verdict
    parts: tuple[PartReport, ...]
    notes: tuple[str, ...] = ()
    error: str | None = None
    isolation: str | None = None
    unjudged: tuple[Unjudged, ...] = ()
    promised: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    adapter: str | None = None
    left_alone: int = 0
    root: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one command."""

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
