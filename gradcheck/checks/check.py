"""What a check is: one property that an implementation must have, and on which cases it is asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradcheck.contract import PARTS, Case, Subject
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

Judge = Callable[[Trial, str], Iterator[Finding]]


def ordinary(case: Case) -> Iterator[Case]:
    """Yield the case itself if it is a plain one: legal, and not empty."""
    if case.fill == "plain" and case.params["n"] and case.flaw is None:
        yield case


@dataclass(frozen=True, kw_only=True)
class Check:
    """One property an implementation must have.

    Attributes
    ----------
    name : str
        What the report, a rubric and ``--check`` call it.
    judge : callable
        Trial, part -> findings; none is a pass. Its docstring is what a person reads: the first line the title,
        the rest the hint. Raises SubjectError where the subject gives it nothing to judge.
    parts : tuple of str
        The parts that have the property.
    derive : callable
        Case -> the cases to judge instead of it: another fill, another size. A check runs on the cases it derives.
    cases : int, optional
        On how many cases it runs at most; on all of them by default.
    excusable : bool
        Whether backward may break it because of what a wrong forward left: then there is no verdict.
    applies : callable
        Subject, part -> why the property means nothing for it, or None.
    by_tensor : bool
        Whether it judges each gradient by itself: it is a test for each of them, then.
    """

    name: str
    judge: Judge
    parts: tuple[str, ...] = PARTS
    derive: Callable[[Case], Iterator[Case]] = ordinary
    cases: int | None = None
    excusable: bool = True
    applies: Callable[[Subject, str], str | None] = lambda subject, part: None
    by_tensor: bool = False

    def asks(self, case: Case) -> bool:
        """Tell whether a verification would run this check on that very case.

        The cases of a verification are plain ones in double precision; what else there is, checks derive from them.
        """
        plain, line = case.but(dtype="float64", fill="plain"), str(case)
        return any(str(derived) == line for derived in self.derive(plain))

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]

    @property
    def hint(self) -> str:
        """The docstring after its first line."""
        return "\n".join(line.strip() for line in (self.judge.__doc__ or "").strip().splitlines()[1:]).strip()
