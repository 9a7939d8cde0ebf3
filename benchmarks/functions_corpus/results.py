"""What the checkers said, kept in a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One checker's verdict on one case, and what a perfect checker would say."""

    case: str
    size: int
    dtype: str
    checker: str
    expected: str
    verdict: str
    reason: str
    seconds: float
    plain: float
    """What forward and backward take by themselves, where a right case passed."""

    @property
    def is_blunder(self) -> bool:
        """Return whether what is right was accused, or what is wrong passed."""
        return (self.expected, self.verdict) in BLUNDERS

    @property
    def is_failure(self) -> bool:
        """Return whether the verdict is another one than it should be."""
        return self.verdict != self.expected

    def line(self) -> str:
        """Return the result as a line."""
        return f"{self.checker}: {self.case}: {self.verdict} for {self.expected}: {self.reason}".rstrip(": ")


BLUNDERS = {("pass", "fail"), ("fail", "pass"), ("doubt", "fail"), ("doubt", "pass")}


class Results:
    """All results, by case and checker."""

    def __init__(self, path: Path | None, found: Sequence[Result] = ()) -> None:
        self.path = path
        self._found = {(each.case, each.checker): each for each in found}

    @classmethod
    def opened(cls, path: Path | None, forget: Sequence[str] = ()) -> "Results":
        """Return what a file has, without the results of some checkers."""
        if path is None or not path.exists():
            return cls(path)
        found = msgspec.json.decode(path.read_bytes(), type=list[Result])
        return cls(path, [each for each in found if each.checker not in forget])

    def __iter__(self) -> Iterator[Result]:
        return iter(self._found.values())

    def has(self, case: str, checker: str) -> bool:
        """Return whether a checker has judged a case."""
        return (case, checker) in self._found

    def add(self, result: Result) -> None:
        """Keep a result; every hundredth one saves the file."""
        self._found[result.case, result.checker] = result
        if len(self._found) % 100 == 0:
            self.save()

    def save(self) -> None:
        """Write the file, if there is one."""
        if self.path is not None:
            self.path.write_bytes(msgspec.json.format(msgspec.json.encode(list(self)), indent=0))
