"""Why a part failed: an instructive case, where the wrong entries lie, and which known mistake it is.

Runs only where a verdict is `fail` or `error`, within a stated amount of work, and never changes a verdict.
"""

from collections.abc import Sequence

import msgspec

from gradcheck.contract import Case, Subject, parse_case
from gradcheck.diagnosis.matching import scenes
from gradcheck.diagnosis.naming import Named, named
from gradcheck.diagnosis.showing import Showing
from gradcheck.layers.cases import cases_for
from gradcheck.report import Finding, PartReport, Severity, Verdict

MOST_SCENES = 10


def diagnosed(subject: Subject, report: PartReport, seed: int, *, shrink: bool = True) -> PartReport:
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
    """
    wrong = [f for f in report.findings if f.severity is Severity.FAULT and f.verdict.is_wrong and f.case]
    if report.verdict not in (Verdict.FAIL, Verdict.ERROR) or not wrong:
        return report
    found = scenes(subject, report.part, _cases(subject, wrong, seed))
    names = named(subject, report, wrong, found, seed)
    shown = Showing(subject, report.part, seed, shrink=shrink)
    explained = {id(finding): _explained(shown.of(finding), names[id(finding)]) for finding in wrong}
    findings = tuple(explained.get(id(finding), finding) for finding in report.findings)
    return msgspec.structs.replace(report, findings=findings)


def _cases(subject: Subject, wrong: Sequence[Finding], seed: int) -> list[Case]:
    """Return the cases that failed, then others, which separate explanations."""
    failed = [parse_case(finding.case, [subject.layer]) for finding in wrong if finding.case]
    reseeded = [case.but(seed=case.seed + more) for case in failed for more in (1, 2)]
    others = cases_for(subject, 4, seed)
    # Between whole numbers, a step and a cut at 1 are the same.
    parted = [case.but(fill="thirds") for case in others[:1] if case.layer.arithmetic.exact]
    found = (*failed, *parted, *others[:4], *reseeded, *others)
    legal = [c for c in found if c.params.get("n", 1) and c.flaw is None]
    return list({str(case): case for case in legal}.values())[:MOST_SCENES]


def _explained(finding: Finding, cause: Named) -> Finding:
    """Return the finding with its mistake."""
    return msgspec.structs.replace(
        finding, mutant=cause.mutant, candidates=cause.candidates, explanation=cause.explanation
    )
