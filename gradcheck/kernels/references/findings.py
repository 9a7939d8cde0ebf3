"""What is said of a kernel that is judged against a reference."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gradcheck.kernels.report import KernelOutcome, ProblemReport
from gradcheck.report import Finding, Severity, Verdict, worst


def finding(check: str, problem: str, message: str, verdict: Verdict = Verdict.FAIL, **facts: Any) -> Finding:
    """Return a finding of a check on a problem."""
    return Finding(
        check=check, severity=Severity.FAULT, verdict=verdict, message=message, case=problem, **facts
    )


def with_said(
    reports: list[ProblemReport], check: str, said: Sequence[str], verdict: Verdict = Verdict.FAIL
) -> list[ProblemReport]:
    """Return the reports, the last one with what is said of the kernel on all problems."""
    if not reports:
        return reports
    last = reports[-1]
    findings = [finding(check, last.problem, each, verdict) for each in said]
    outcomes = (*last.outcomes, KernelOutcome.of(check, findings))
    return [
        *reports[:-1],
        msgspec.structs.replace(
            last, outcomes=outcomes, verdict=worst(outcome.verdict for outcome in outcomes)
        ),
    ]


def without_idle(outcomes: list[KernelOutcome]) -> list[KernelOutcome]:
    """Return the outcomes, those that could not have failed as skipped where another one could have."""
    if not any(each.verdict is Verdict.PASS and each.roundings for each in outcomes):
        shown = [each for each in outcomes if each.check not in ("unchanged", "forbidden")]
        idle = bool(shown) and all(each.verdict is Verdict.SKIP for each in shown)
        return [each for each in outcomes if each in shown or each.verdict.is_wrong] if idle else outcomes
    return [
        KernelOutcome.skipped(each.check, each.reason or "")
        if each.verdict is Verdict.INCONCLUSIVE and not each.findings
        else each
        for each in outcomes
    ]
