"""A report made by hand: one function right, one wrong, one without a verdict, one missing."""

import pytest

from gradcheck.report import CheckReport, Finding, PartReport, Report, Severity, TargetReport, Verdict

CASE = "conv2d n1c1h3w2_f1kh2kw1_s1x1_p0x0_d1x1_g1 float64 seed=0"


def finding(check="gradient", severity=Severity.FAULT, verdict=Verdict.FAIL, message="wrong", **fields):
    return Finding(check=check, severity=severity, verdict=verdict, message=message, **fields)


def part(function, name="backward", verdict=Verdict.PASS, findings=(), checks=(), **fields):
    fields = {"layer": "conv2d", "cases": 7, "miss_bound": None, "seconds": 0.12, **fields}
    return PartReport(
        function=function,
        part=name,
        verdict=verdict,
        findings=tuple(findings),
        checks=tuple(checks),
        **fields,
    )


WRONG = finding(
    message="not the gradient: dx[0, 0, 1, 0] is 2; expected 5 (exact arithmetic: no tolerance)",
    tensor="dx",
    case=CASE,
    index=(0, 0, 1, 0),
    got=2.0,
    expected=5.0,
    bound=0.0,
    where="rows 1..1, every column",
)
AGAIN = finding("ones", message="not the gradient: dx is 4", tensor="dx", case=CASE.replace("=0", "=1"))
NOTE = finding("alias", Severity.NOTE, Verdict.PASS, "out is x")
ABSENT = finding(
    "implemented", verdict=Verdict.MISSING, message="conv_backward_fast returned None", case=CASE
)
STUCK = [
    CheckReport(check=name, verdict=Verdict.INCONCLUSIVE, cases=0, reason="did not run: forward raised")
    for name in ("shapes", "gradient")
]
FAILED = [
    CheckReport(check="gradient", verdict=Verdict.FAIL, cases=7),
    CheckReport(check="ties", verdict=Verdict.SKIP, cases=0, reason="no ties"),
]


@pytest.fixture
def make():
    """Make a report of one target, or of several."""

    def report(*parts, target="layers.py", error=None, verdict=Verdict.FAIL, also=()):
        first = TargetReport(target=target, dialect="cs231n", verdict=verdict, parts=parts, error=error)
        return Report(verdict=verdict, seconds=1.94, seed=0, targets=(first, *also))

    return report


@pytest.fixture
def report(make):
    """Return a report with a part of every sort."""
    return make(
        part("conv_forward_naive", "forward", findings=[NOTE, NOTE]),
        part("conv_backward_naive", verdict=Verdict.FAIL, findings=[WRONG, AGAIN], checks=FAILED),
        part("max_pool_backward_naive", layer="max_pool2d", miss_bound=9.3e-10),
        part("conv_backward_strides", verdict=Verdict.INCONCLUSIVE, checks=STUCK),
        part("conv_backward_fast", verdict=Verdict.MISSING, findings=[ABSENT]),
    )


@pytest.fixture
def parts():
    """Return the function that makes a part, and the one that makes a finding."""
    return part, finding
