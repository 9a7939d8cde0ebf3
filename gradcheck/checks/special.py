"""The check `special`: NaN and infinity in x reach the right outputs."""

from collections.abc import Iterator

from gradcheck.checks.check import Check, ordinary
from gradcheck.checks.output import output
from gradcheck.contract import Case, Subject
from gradcheck.evidence.fill import SPECIAL
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def special(trial: Trial, part: str) -> Iterator[Finding]:
    """NaN and infinity reach exactly the outputs that depend on them.

    One entry of x is NaN or infinite. Comparisons with NaN are false, so that `if v > best` and np.where(x > 0, x, 0)
    lose it: use np.max and np.maximum. Infinity times a mask of zeros is NaN.
    """
    yield from output(trial, part)


def derive(case: Case) -> Iterator[Case]:
    """Yield the case with a NaN, and with an infinity, if the layer defines the result."""
    if case.fill in SPECIAL:
        yield case
    for plain in ordinary(case):
        yield from (plain.but(fill=fill) for fill in SPECIAL if fill in plain.layer.numbers.kinds)


def _applies(subject: Subject, part: str) -> str | None:
    return None if set(SPECIAL) & set(subject.layer.numbers.kinds) else "the layer does not define a result"


SPECIAL_VALUES = Check(
    name="special", judge=special, parts=("forward",), derive=derive, cases=4, applies=_applies
)
