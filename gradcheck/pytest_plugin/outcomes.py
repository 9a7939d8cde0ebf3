"""What a report says of one test: its verdict, and the words for it."""

from dataclasses import dataclass

from msgspec.structs import replace

from gradcheck.judging.part import ENOUGH
from gradcheck.pytest_plugin.aspects import Aspect
from gradcheck.report import CheckReport, Finding, PartReport, Severity, TargetReport, Verdict, worst
from gradcheck.reporting.formats import text
from gradcheck.text import one_line

NOT_FOUND = "it is no longer there: a file must define the same functions each time it is run"


@dataclass(frozen=True)
class Outcome:
    """The verdict on one test, and what is shown: the failure as the text report tells it, or one line."""

    verdict: Verdict
    told: str
    stale: bool = False
    """Whether the whole check passes, so that nothing of it is a known failure."""


def outcome(target: TargetReport, aspect: Aspect, dialect: str | None) -> Outcome:
    """Return what a report says of one test.

    A finding about no gradient in particular belongs to all the tests of its check. One gradient's failures stop the
    check before all cases are seen: of the others nothing is proved.
    """
    if aspect.place >= len(target.parts) or target.parts[aspect.place].function != aspect.function:
        return Outcome(Verdict.ERROR, one_line(target.error or NOT_FOUND, 2000))
    part = target.parts[aspect.place]
    check = next(each for each in part.checks if each.check == aspect.check)
    faults = [f for f in part.findings if f.check == aspect.check and f.severity is Severity.FAULT]
    found = [f for f in faults if f.tensor == aspect.tensor or f.tensor not in aspect.tensors]
    if faults and not found:
        others = ", ".join(dict.fromkeys(str(fault.tensor) for fault in faults))
        return Outcome(Verdict.INCONCLUSIVE, f"the check stops after {ENOUGH} cases of trouble with {others}")
    verdict = worst(finding.verdict for finding in found) if found else check.verdict
    alone = replace(part, verdict=verdict, findings=tuple(found), checks=(check,))
    return Outcome(verdict, _told(target, alone, dialect), check.verdict is Verdict.PASS)


def _told(target: TargetReport, part: PartReport, dialect: str | None) -> str:
    if part.verdict.is_wrong:
        return text.failures(replace(target, parts=(part,)), dialect).rstrip()
    if part.verdict is Verdict.MISSING:
        what = "; ".join(finding.message for finding in part.findings)
        return f"{part.layer} · {part.part}    MISSING    ({part.function})\n  {what}"
    return "; ".join(_reasons(part.findings, part.checks[0]))


def _reasons(findings: tuple[Finding, ...], check: CheckReport) -> list[str]:
    """Return why there is no verdict, or why a check means nothing here."""
    return [one_line(finding.message) for finding in findings] or [one_line(check.reason or "")]
