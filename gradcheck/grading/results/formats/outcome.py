"""What a format is made from."""

from collections.abc import Collection
from dataclasses import dataclass

from gradcheck.grading.journal import Entry
from gradcheck.grading.rubric import Hint, Rubric
from gradcheck.text import one_line


@dataclass(frozen=True)
class Outcome:
    """What came of a grading.

    `seed` is for staff only. `hint` is how much students are shown, and `is_over` whether the deadline has passed.
    """

    entries: Collection[Entry]
    rubric: Rubric
    seed: int
    hint: Hint
    is_over: bool

    @property
    def title(self) -> str:
        """The assignment's name."""
        return self.rubric.title or self.rubric.name


def number(points: float) -> str:
    """Return points as a number that every program reads: no exponent, no superfluous zeros.

    Examples
    --------
    >>> number(2.50), number(1e7)
    ('2.5', '10000000')
    """
    return f"{points:.6f}".rstrip("0").rstrip(".")


def points_of(entry: Entry) -> str:
    """Return the points of a submission; nothing where it could not be judged, which costs no points and gives none."""
    return number(entry.score.score) if entry.is_ours is None else ""


def neutral(text: str) -> str:
    """Return a text as one printable line, in which a log on GitHub sees no command."""
    return one_line(text.replace("##[", "## ["), 2000)
