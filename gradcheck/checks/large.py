"""The check `large`: large values neither overflow nor cancel."""

from collections.abc import Iterator

from gradcheck.checks.check import Check, ordinary
from gradcheck.checks.gradient import gradient
from gradcheck.checks.output import output
from gradcheck.contract import Case, Subject
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def large(trial: Trial, part: str) -> Iterator[Finding]:
    """Results stay accurate for large values.

    exp overflows on logits of 1e4: subtract the row's maximum first. E[x^2] - E[x]^2 cancels all digits at a mean of
    1e8: subtract the mean first. Integers beyond 2**24 lose their last bits in a float32 buffer: sum in x's dtype.
    """
    yield from (output if part == "forward" else gradient)(trial, part)


def derive(case: Case) -> Iterator[Case]:
    """Yield the case filled with large values."""
    if case.fill == "large":
        yield case
    yield from (plain.but(fill="large") for plain in ordinary(case))


def _applies(subject: Subject, part: str) -> str | None:
    if not subject.layer.numbers.large:
        return "the layer has no large values"
    is_probed = part == "backward" and subject.layer.arithmetic.exact
    return "the gradient is probed with large values anyway" if is_probed else None


LARGE = Check(name="large", judge=large, by_value=True, derive=derive, cases=4, applies=_applies)
