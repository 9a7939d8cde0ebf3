"""The failures of a verification on numbers that are no secret: what a student may see of them, and repeat.

The numbers of a case follow from its seed, and its seed from that of the verification: whoever sees enough of them
could try all seeds. So the same case is looked at again, with the numbers of a public seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from gradcheck.calling.quiet import quiet
from gradcheck.contract import Subject, parse_case
from gradcheck.diagnosis.lessons import ORDER, rank, virtues
from gradcheck.diagnosis.seeing import Sight
from gradcheck.diagnosis.showing import Showing
from gradcheck.judging.plan import Plan
from gradcheck.judging.seeds import its_own
from gradcheck.judging.target import find
from gradcheck.report import Finding, PartReport, Severity, TargetReport, Verdict
from gradcheck.subjects.loading import Loaded

SEEDS = range(8)
"""The public seeds. Most failures show on the numbers of the first one."""

ENOUGH = 3
"""Of how many that show it the most instructive one is chosen."""

MOST = 4
"""Of how many tensors of one function the failure is shown."""


@dataclass(frozen=True)
class Retold:
    """A finding of a part, what it is on the numbers of a public seed, and what is seen there."""

    part: PartReport
    finding: Finding
    again: Finding
    seen: Sight


def retold(loaded: Loaded, plan: Plan, report: TargetReport) -> tuple[Retold, ...]:
    """Return the failures of a report that show on other numbers, one for each tensor of a part.

    Parameters
    ----------
    loaded : Loaded
        The target, while it is open.
    plan : Plan
        How it was verified.
    report : TargetReport
        What came of that.
    """
    wrong = [part for part in report.parts if part.verdict is Verdict.FAIL]
    if not wrong:
        return ()
    found = find(loaded, replace(plan, layers=tuple(dict.fromkeys(part.layer for part in wrong))))
    if isinstance(found, TargetReport):
        return ()
    subjects = {(each.layer.name, name): each for each in found.subjects for name in each.functions.values()}
    loaded.seed(its_own(plan.seed))
    with quiet(its_own(plan.seed)):
        return tuple(
            each
            for part in wrong
            if (subject := subjects.get((part.layer, part.function))) is not None
            for each in _of_part(subject, part, plan)
        )


def _of_part(subject: Subject, part: PartReport, plan: Plan) -> Iterator[Retold]:
    showing = Showing(subject, part.part, plan.seed, shrink=False)
    for finding in _by_tensor(part.findings)[:MOST]:
        seen = _seen(showing, finding, plan.seed)
        if seen is not None:
            line = msgspec.structs.replace(finding, case=str(seen.case))
            yield Retold(part, finding, showing.of(line), seen)


def _by_tensor(findings: Sequence[Finding]) -> list[Finding]:
    """Return the first failure of each tensor that has numbers."""
    found: dict[str | None, Finding] = {}
    for each in findings:
        if each.severity is Severity.FAULT and each.verdict.is_wrong and each.case and each.index is not None:
            found.setdefault(each.tensor, each)
    return list(found.values())


def _seen(showing: Showing, finding: Finding, secret: int) -> Sight | None:
    """Return what is seen of a failure on those numbers, of a few that show it, that teach most."""
    assert finding.case is not None, "a finding with a case"
    case = parse_case(finding.case, [showing.subject.layer])
    found: list[Sight] = []
    for seed in SEEDS:
        if seed == secret:
            continue
        seen = showing.look(msgspec.structs.replace(finding, case=str(case.but(seed=seed))))
        found += [] if seen is None else [seen]
        if len(found) == ENOUGH or (found and len(virtues(found[-1])) == len(ORDER)):
            break
    return max(found, key=lambda seen: rank(virtues(seen)), default=None)
