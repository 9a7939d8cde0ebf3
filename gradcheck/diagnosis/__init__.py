"""Why a part failed: the smallest case, where the wrong entries lie, and which known mistake it is.

Runs only where a verdict is `fail` or `error`, within a stated time, and never changes a verdict.
"""

from collections.abc import Sequence

import msgspec

from gradcheck import checks
from gradcheck.contract import Case, Subject, parse_case
from gradcheck.diagnosis.matching import Scene, scenes
from gradcheck.diagnosis.naming import Named, named
from gradcheck.diagnosis.placing import where
from gradcheck.diagnosis.shrinking import Deadline, failure_of, smallest
from gradcheck.layers.cases import cases_for
from gradcheck.report import Finding, PartReport, Severity, Verdict

BUDGET = 1.0
"""Seconds of work that the diagnosis of one function may take."""

MOST_SCENES = 10


def diagnosed(
    subject: Subject, report: PartReport, seed: int, *, shrink: bool = True, seconds: float = BUDGET
) -> PartReport:
    """Return the report of a failed part with `case`, `where` and `mutant` of its findings worked out.

    Parameters
    ----------
    subject : Subject
        What was judged.
    report : PartReport
        Of a part; returned as it is unless its verdict is `fail` or `error`.
    seed : int
        Of the verification.
    shrink : bool
        Whether to look for smaller cases.
    seconds : float
        How long it may take, about, of this process's own work.
    """
    wrong = [f for f in report.findings if f.severity is Severity.FAULT and f.verdict.is_wrong and f.case]
    if report.verdict not in (Verdict.FAIL, Verdict.ERROR) or not wrong:
        return report
    whole = Deadline(seconds)
    found = scenes(subject, report.part, _cases(subject, wrong, seed))
    names = named(subject, report, wrong, found, seed)
    explained = {id(finding): _explained(finding, found, names[id(finding)]) for finding in wrong}
    for finding in wrong if shrink else ():
        explained[id(finding)] = _shrunk(
            explained[id(finding)], finding, subject, report.part, whole.left / 2
        )
    findings = tuple(explained.get(id(finding), finding) for finding in report.findings)
    return msgspec.structs.replace(report, findings=findings)


def _cases(subject: Subject, wrong: Sequence[Finding], seed: int) -> list[Case]:
    """Return the cases that failed, then others, which separate explanations."""
    failed = [parse_case(finding.case, [subject.layer]) for finding in wrong if finding.case]
    reseeded = [case.but(seed=case.seed + more) for case in failed for more in (1, 2)]
    others = cases_for(subject, 4, seed)
    legal = [c for c in (*failed, *others[:4], *reseeded, *others) if c.params.get("n", 1) and c.flaw is None]
    return list({str(case): case for case in legal}.values())[:MOST_SCENES]


def _explained(finding: Finding, found: Sequence[Scene], cause: Named) -> Finding:
    """Return the finding with its place and its mistake."""
    place = _place(finding, found) or finding.where
    return msgspec.structs.replace(
        finding,
        where=place,
        mutant=cause.mutant,
        candidates=cause.candidates,
        explanation=cause.explanation,
    )


def _place(finding: Finding, found: Sequence[Scene]) -> str | None:
    scene = next((scene for scene in found if str(scene.trial.case) == finding.case), None)
    if scene is None or finding.tensor is None or finding.index is None:
        return None
    got, right = scene.given.arrays.get(finding.tensor), scene.right.arrays.get(finding.tensor)
    if got is None or right is None or got.size != right.size:
        return None
    name = finding.tensor if finding.tensor == "out" else finding.tensor.removeprefix("d")
    return where(scene.trial.case, name, got.reshape(right.shape), right, finding.bound or 1e-9)


def _shrunk(found: Finding, finding: Finding, subject: Subject, part: str, seconds: float) -> Finding:
    """Return the finding on the smallest case on which the same check still fails for the same tensor."""
    if finding.index is None or finding.case is None or seconds <= 0:
        return found
    case = parse_case(finding.case, [subject.layer])
    fails = failure_of(subject, part, checks.BY_NAME[finding.check], finding.tensor)
    if not checks.BY_NAME[finding.check].asks(case):
        return found
    small, seen = smallest(case, subject, fails, seconds)
    if seen is None:
        return found
    kept = {
        "check": found.check,
        "where": found.where,
        "mutant": found.mutant,
        "candidates": found.candidates,
        "explanation": found.explanation,
    }
    return msgspec.structs.replace(seen, case=str(small), **kept)
