"""The check `ones`: tensors whose extents are all 1 are legal."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.checks.gradient import gradient
from gradcheck.checks.implemented import raised
from gradcheck.checks.output import output
from gradcheck.checks.shapes import shapes
from gradcheck.contract import Case, Missing, SubjectError
from gradcheck.evidence.findings import against
from gradcheck.evidence.probing import whole_difference
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding, Verdict


def ones(trial: Trial, part: str) -> Iterator[Finding]:
    """Axes of extent 1 are treated like any other.

    np.squeeze drops every axis of extent 1: name the axis to drop. Broadcasting hides a missing axis, because (1, 1)
    plus (1,) is legal.
    """
    yield from shapes_and_values(trial, part)


def shapes_and_values(trial: Trial, part: str) -> Iterator[Finding]:
    """Judge shapes and values on a case on which an exception is a fault too."""
    if part == "backward":
        _ = trial.first  # if forward raises, backward is not to blame
    try:
        wrong = [finding for finding in shapes(trial, part) if finding.verdict is not Verdict.PASS]
        wrong = wrong or list((output if part == "forward" else gradient)(trial, part))
        yield from wrong
        if part == "backward" and not wrong and trial.case.exact:
            yield from _of_the_first(trial)
    except Missing:
        raise
    except SubjectError as problem:
        yield raised(trial, part, problem)


def _of_the_first(trial: Trial) -> Iterator[Finding]:
    """Judge the gradients of the very first call, whose shapes were judged; a probe makes another."""
    for name in trial.wanted:
        found = whole_difference(trial, name, trial.dout)
        if found is not None:
            yield against(trial, name, found, "not the gradient")


def _tiny(case: Case) -> Iterator[Case]:
    layer = case.layer
    yield layer.case(layer.cases.tiny, seed=case.seed)


ONES = Check(name="ones", judge=ones, by_value=True, derive=_tiny, cases=1)
