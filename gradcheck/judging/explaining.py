"""What one case of a target shows: its failures with all their numbers, for `gradcheck explain FILE "CASE LINE"`."""

from collections.abc import Iterator
from dataclasses import dataclass

from gradcheck.calling.quiet import quiet
from gradcheck.contract import Subject
from gradcheck.diagnosis.seeing import Sight
from gradcheck.diagnosis.showing import Showing
from gradcheck.judging.part import judge_subject
from gradcheck.judging.plan import Plan
from gradcheck.judging.run import in_opened
from gradcheck.judging.seeds import its_own
from gradcheck.judging.target import find, just_on
from gradcheck.report import Finding, TargetReport
from gradcheck.subjects.loading import Loaded


@dataclass(frozen=True)
class Shown:
    """One failure of a case: of which function, what was found, and what is seen of it, if it is about numbers."""

    layer: str
    part: str
    function: str
    finding: Finding
    seen: Sight | None


def shown(target: str, plan: Plan) -> tuple[Shown, ...] | TargetReport:
    """Return the failures of a target on the one case of a plan, one for each tensor; or why it cannot be judged."""
    return in_opened(target, plan, lambda loaded: _shown(loaded, plan))


def _shown(loaded: Loaded, plan: Plan) -> tuple[Shown, ...] | TargetReport:
    found = find(loaded, plan)
    if isinstance(found, TargetReport):
        return found
    loaded.seed(its_own(plan.seed))
    with quiet(its_own(plan.seed)):
        return tuple(each for subject in found.subjects for each in _of_subject(subject, plan))


def _of_subject(subject: Subject, plan: Plan) -> Iterator[Shown]:
    assert plan.only is not None, "a plan of one case"
    checks = [just_on(plan.only, check) for check in plan.chosen]
    for report in judge_subject(subject, [plan.only], checks):
        showing = Showing(subject, report.part, plan.seed, shrink=False)
        tensors = set()
        for finding in report.findings:
            if finding.verdict.is_wrong and finding.tensor not in tensors:
                tensors.add(finding.tensor)
                yield Shown(
                    report.layer, report.part, report.function, showing.of(finding), showing.look(finding)
                )
