"""Extents of 1 are extents like any other."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.checks.gradient import gradient
from gradcheck.checks.implemented import raised
from gradcheck.checks.output import output
from gradcheck.checks.shapes import shapes
from gradcheck.contract import Case, Missing, SubjectError
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict


def ones(trial: Trial, part: str) -> Iterator[Finding]:
    """Extents of 1 are extents like any other.

    np.squeeze drops every axis of extent 1, x.T of one row is another thing than of many, and a broadcast hides that
    an axis is missing.
    """
    yield from shapes_and_values(trial, part)


def shapes_and_values(trial: Trial, part: str) -> Iterator[Finding]:
    """Judge shapes and values on a case on which to raise is wrong, too."""
    if part == "backward":
        _ = trial.first  # where forward raises, backward is not to blame
    try:
        wrong = [finding for finding in shapes(trial, part) if finding.verdict is not Verdict.PASS]
        yield from wrong or (output if part == "forward" else gradient)(trial, part)
    except Missing:
        raise
    except SubjectError as problem:
        yield raised(trial, part, problem)


def _tiny(case: Case) -> Iterator[Case]:
    layer = case.layer
    yield layer.case(layer.cases.tiny, seed=case.seed)


ONES = Check(name="ones", judge=ones, derive=_tiny, cases=1)
