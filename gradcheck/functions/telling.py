"""What is found on a pair of functions, as findings, a report and the message of an exception."""

from gradcheck.functions.blackbox import Evidence
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst
from gradcheck.text import one_line

CHECKED = ("shapes", "gradient", "linear", "repeatable", "unchanged")
"""The properties that are checked, as the report names them."""


def told_evidence(name: str, evidence: Evidence | None) -> Finding | None:
    """Return the finding on a gradient that evidence speaks against, if any does."""
    if evidence is None:
        return None
    found = evidence.difference
    if found is None:
        return complaint("gradient", evidence.message, Verdict.INCONCLUSIVE, f"d{name}")
    return Finding(
        check="gradient",
        severity=Severity.FAULT,
        verdict=Verdict.FAIL,
        message=evidence.message,
        tensor=f"d{name}",
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=found.bound,
        where=found.where,
    )


def complaint(
    check: str, message: str, verdict: Verdict = Verdict.FAIL, tensor: str | None = None
) -> Finding:
    """Return a finding that something is wrong."""
    told = one_line(message)
    return Finding(check=check, severity=Severity.FAULT, verdict=verdict, message=told, tensor=tensor)


def report_on(name: str, findings: list[Finding]) -> PartReport:
    """Return the report of a function called `name`."""
    by_check = {name: [f.verdict for f in findings if f.check == name] or [Verdict.PASS] for name in CHECKED}
    checks = tuple(CheckReport(check=name, verdict=worst(found), cases=1) for name, found in by_check.items())
    return PartReport(
        layer="function",
        part="backward",
        function=name,
        verdict=worst(check.verdict for check in checks),
        cases=1,
        miss_bound=None,
        seconds=0.0,
        findings=tuple(findings),
        checks=checks,
    )


def told(report: PartReport, seed: int) -> str:
    """Return the failure as a person reads it."""
    lines = [f"{report.function}    {report.verdict.upper()}"]
    for finding in report.findings:
        lines.append(f"  {finding.message}")
        if finding.where is not None:
            lines.append(f"  wrong at  {finding.where}")
    return "\n".join([*lines, f"  again     the same call with seed={seed}"])
