"""Large values lose nothing that a careful formula keeps."""

from collections.abc import Iterator

from gradcheck.case import Case
from gradcheck.checks.gradient import gradient
from gradcheck.checks.output import output
from gradcheck.contract import Check, Subject, ordinary
from gradcheck.report import Finding
from gradcheck.trial import Trial


def large(trial: Trial, part: str) -> Iterator[Finding]:
    """Large values lose nothing that a careful formula keeps.

    Logits of 1e4 overflow exp unless the row's maximum is subtracted; at a mean of 1e8, E[x^2] - E[x]^2 cancels to
    nothing: subtract the mean first.
    """
    yield from (output if part == "forward" else gradient)(trial, part)


def derive(case: Case) -> Iterator[Case]:
    """Yield the case filled with large values."""
    if case.fill == "large":
        yield case
    for plain in ordinary(case):
        if "large" in plain.layer.fills:
            yield plain.but(fill="large")


def _applies(subject: Subject, part: str) -> str | None:
    return (
        None if "large" in subject.layer.fills else "the layer is as exact for large values as for small ones"
    )


LARGE = Check(name="large", judge=large, derive=derive, cases=2, applies=_applies)
