"""The check `refusal`: forward raises ValueError for an impossible geometry."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.contract import Case, Missing, Subject, SubjectError
from gradcheck.evidence.findings import fault
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def refusal(trial: Trial, part: str) -> Iterator[Finding]:
    """Forward refuses an impossible geometry with ValueError.

    Examples: a kernel larger than the padded input, groups that do not divide the channels. Raise ValueError with the
    reason, instead of returning an empty or a wrong array.
    """
    why = trial.case.flaw
    try:
        call = trial.call()
    except SubjectError as problem:
        # Any ValueError counts. Another exception means that nothing checked the geometry.
        if problem.kind is None or not issubclass(problem.kind, ValueError):
            yield fault(trial, f"{why}: expected ValueError; {problem}")
        return
    if call.missing is not None:
        raise Missing(call.missing)
    yield fault(trial, f"{why}: expected ValueError, but forward returned a result")


def impossible(case: Case) -> Iterator[Case]:
    """Yield the layer's impossible geometries."""
    layer = case.layer
    for geometry in layer.cases.impossible:
        yield layer.case(geometry, seed=case.seed)


def _applies(subject: Subject, part: str) -> str | None:
    return None if subject.layer.cases.impossible else "no geometry is impossible for this layer"


REFUSAL = Check(
    name="refusal", judge=refusal, parts=("forward",), derive=impossible, cases=4, applies=_applies
)
