"""The check `empty`: a batch of no samples is legal."""

from collections.abc import Iterator

from gradcheck.checks.check import Check
from gradcheck.checks.ones import shapes_and_values
from gradcheck.contract import Case, Subject
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def empty(trial: Trial, part: str) -> Iterator[Finding]:
    """A batch of no samples gives an empty output and gradients of zero.

    The last batch of a filtered data set may be empty. x[0] fails on it, and so does reshape(N, -1): take sizes from
    x.shape.
    """
    yield from shapes_and_values(trial, part)


def _no_samples(case: Case) -> Iterator[Case]:
    nothing = case.but(params={**case.params, "n": 0})
    if (
        case.layer.cases.allows_empty
        and case.fill == "plain"
        and case.layer.cases.flaw(nothing.params) is None
    ):
        yield nothing


def _applies(subject: Subject, part: str) -> str | None:
    return None if subject.layer.cases.allows_empty else "the layer needs samples"


EMPTY = Check(name="empty", judge=empty, by_value=True, derive=_no_samples, cases=1, applies=_applies)
