"""The checks of a pair of functions, their findings, and the report."""

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.evidence.compare import Evidence, difference
from gradcheck.functions.blackbox import rounding
from gradcheck.functions.pair import Back, Functions
from gradcheck.report import CheckReport, Finding, PartReport, Severity, Verdict, worst
from gradcheck.text import one_line

CHECKED = ("shapes", "gradient", "linear", "repeatable", "unchanged")
"""The names of the checks in the report."""


def complaint(
    check: str, message: str, verdict: Verdict = Verdict.FAIL, tensor: str | None = None
) -> Finding:
    """Return a finding that reports a fault."""
    line = one_line(message)
    return Finding(check=check, severity=Severity.FAULT, verdict=verdict, message=line, tensor=tensor)


def evidence_finding(name: str, evidence: Evidence | None) -> Finding | None:
    """Return the finding for the evidence against a gradient, or None if there is none."""
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


def repeated(functions: Functions, back: Back, dout: Array, got: Arrays) -> list[Finding | None]:
    """Check that a second backward returns the same gradients."""
    again = functions.gradients(back, dout.copy())
    wrong = [name for name in got if difference(name, again[name], got[name]) is not None]
    return [
        complaint("repeatable", f"a second backward returns another d{name}", tensor=f"d{name}")
        for name in wrong
    ]


def linear(
    functions: Functions, back: Back, first: Array, second: Array, got: Arrays
) -> list[Finding | None]:
    """Check backward(2a + 3b) against 2 backward(a) + 3 backward(b), with a generous allowance for rounding."""
    b = {name: values.copy() for name, values in functions.gradients(back, second.copy()).items()}
    both = functions.gradients(back, 2 * first + 3 * second)
    findings: list[Finding | None] = []
    for name, a in got.items():
        expected = 2 * a + 3 * b[name]
        scale = float(np.abs(a).max(initial=0.0) + np.abs(b[name]).max(initial=0.0))
        # 2**14 roundings are a first, cheap bound; only beyond it is the rounding of backward measured.
        bound = 2.0**14 * float(np.finfo(a.dtype).eps) * scale
        found = difference(name, both[name], expected, bound)
        if found is not None:
            bound += rounding(functions, name, both[name], 2 * first + 3 * second)
            found = difference(name, both[name], expected, bound)
        if found is not None:
            what = f"d{name} is not linear in dout: backward(2a + 3b) is not 2 backward(a) + 3 backward(b)"
            findings.append(complaint("linear", what, tensor=f"d{name}"))
    return findings


def report_on(name: str, findings: list[Finding]) -> PartReport:
    """Return the report on the function `name`."""
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


def message_of(report: PartReport, again: str) -> str:
    """Return the message of the exception for a failed report; `again` says how to reproduce it."""
    lines = [f"{report.function}    {report.verdict.upper()}"]
    for finding in report.findings:
        lines.append(f"  {finding.message}")
        if finding.where is not None:
            lines.append(f"  wrong at  {finding.where}")
    return "\n".join([*lines, f"  again     {again}"])
