"""Why a part failed: an instructive case, where the wrong entries lie, and which known mistake it is.

Runs only where a verdict is `fail` or `error`, within a stated time, and never changes a verdict.
"""

from collections.abc import Sequence

import msgspec

from gradcheck.contract import Case, Subject, parse_case
from gradcheck.diagnosis.matching import Scene, alike_in_behaviour, match, match_behaviour, scenes
from gradcheck.diagnosis.results import alike
from gradcheck.diagnosis.showing import Showing
from gradcheck.diagnosis.shrinking import Deadline
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.mutant import Mutant
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
    scenery, naming = (Deadline(share * seconds) for share in (0.3, 0.7))
    found = scenes(subject, report.part, _cases(subject, wrong, seed), scenery)
    names = _names(subject, report, wrong, found, naming)
    shown = Showing(subject, report.part, seed, shrink=shrink)
    explained = {id(finding): _explained(shown.of(finding), names) for finding in wrong}
    findings = tuple(explained.get(id(finding), finding) for finding in report.findings)
    return msgspec.structs.replace(report, findings=findings)


def _cases(subject: Subject, wrong: Sequence[Finding], seed: int) -> list[Case]:
    """Return the cases that failed, then others, which separate explanations."""
    failed = [parse_case(finding.case, [subject.layer]) for finding in wrong if finding.case]
    reseeded = [case.but(seed=case.seed + more) for case in failed for more in (1, 2)]
    others = cases_for(subject, 4, seed)
    legal = [c for c in (*failed, *others[:4], *reseeded, *others) if c.params.get("n", 1) and c.flaw is None]
    return list({str(case): case for case in legal}.values())[:MOST_SCENES]


def _names(
    subject: Subject, report: PartReport, wrong: Sequence[Finding], found: Sequence[Scene], deadline: Deadline
) -> tuple[str, ...]:
    """Return the names of the mistakes that explain the failure: one, or those that no case separates."""
    part = report.part
    if all(alike(scene.trial, part, scene.given, scene.right) for scene in found):
        explained = match_behaviour(subject, part, wrong, found, deadline)
    else:
        explained = match(report.layer, part, found, deadline)
    if len(explained.explanations) > 1:
        alone = [mutants[0] for mutants in explained.explanations if len(mutants) == 1]
        closer = alike_in_behaviour(subject, part, wrong, alone, deadline)
        explained = closer if closer.explanations else explained
    return tuple(_name(mutants) for mutants in explained.explanations)


def _name(mutants: tuple[Mutant, ...]) -> str:
    return " + ".join(mutant.name for mutant in mutants)


def _explained(finding: Finding, names: tuple[str, ...]) -> Finding:
    """Return the finding with its mistake."""
    mutant = names[0] if len(names) == 1 else None
    candidates = names if len(names) > 1 else ()
    return msgspec.structs.replace(finding, mutant=mutant, candidates=candidates)
