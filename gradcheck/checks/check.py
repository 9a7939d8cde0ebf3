"""What a check is: one property that an implementation must have, and the cases on which it is judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradcheck.contract import PARTS, VALUES, Case, Subject
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding

Judge = Callable[[Trial, str], Iterator[Finding]]


def ordinary(case: Case) -> Iterator[Case]:
    """Yield the case itself if its numbers are ordinary, and it is legal and not empty."""
    if case.fill in VALUES and case.params.get("n", 1) and case.flaw is None:
        yield case


@dataclass(frozen=True, kw_only=True)
class Check:
    """One property an implementation must have.

    Attributes
    ----------
    name : str
        The name in the report, in a rubric and after ``--check``.
    judge : callable
        Trial, part -> findings; no finding is a pass. Users read its docstring: the first line is the title, the rest
        the hint. Raises SubjectError if the subject gives it nothing to judge.
    parts : tuple of str
        The parts that have the property.
    derive : callable
        Case -> the cases to judge in its place, with another fill or another size. A check runs only on these.
    cases : int, optional
        The maximum number of cases; all of them by default.
    excusable : bool
        Whether backward may fail it because of the cache that a wrong forward left. Then there is no verdict.
    applies : callable
        Subject, part -> why the property is meaningless for them, or None.
    by_value : bool
        Whether backward fails it by the gradients that it gives: then it does not fail where these are right for its
        own, wrong forward.
    by_tensor : bool
        Whether it judges each gradient separately; then pytest has one test for each gradient.
    """

    name: str
    judge: Judge
    parts: tuple[str, ...] = PARTS
    derive: Callable[[Case], Iterator[Case]] = ordinary
    cases: int | None = None
    excusable: bool = True
    applies: Callable[[Subject, str], str | None] = lambda subject, part: None
    by_value: bool = False
    by_tensor: bool = False

    def asks(self, case: Case) -> bool:
        """Return whether a verification would run this check on this very case.

        A verification starts from ordinary cases in double precision, or in single precision where the subject has no
        other; checks derive all others from them.
        """
        line, fills = str(case), dict.fromkeys(("plain", case.fill if case.fill in VALUES else "plain"))
        starts = (case.but(fill=fill, dtype=dtype) for fill in fills for dtype in ("float64", "float32"))
        return any(str(derived) == line for start in starts for derived in self.derive(start))

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (self.judge.__doc__ or "").strip().splitlines()[0]

    @property
    def hint(self) -> str:
        """The docstring after its first line."""
        return "\n".join(line.strip() for line in (self.judge.__doc__ or "").strip().splitlines()[1:]).strip()
