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
    """All results, by case and checker; those of the checkers in `again` stay until a new one takes their place."""

    def __init__(self, path: Path | None, found: Sequence[Result] = (), again: Sequence[str] = ()) -> None:
        self.path, self._again, self._added = path, again, 0
        self._found = {(each.case, each.checker): each for each in found}

    @classmethod
    def opened(cls, path: Path | None, again: Sequence[str] = ()) -> "Results":
        """Return what a file has; of the checkers in `again` every case is judged once more."""
        if path is None or not path.exists():
            return cls(path, again=again)
        found = msgspec.json.decode(path.read_bytes(), type=list[Result])
        return cls(path, found, again)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._found.values())

    def has(self, case: str, checker: str) -> bool:
        """Return whether a checker has judged a case, and need not do so again."""
        return (case, checker) in self._found and checker not in self._again

    def add(self, result: Result) -> None:
        """Keep a result; every hundredth one saves the file."""
        self._found[result.case, result.checker] = result
        self._added += 1
        if self._added % 100 == 0:
            self.save()

    def save(self) -> None:
        """Write the file, if there is one."""
        if self.path is not None:
            self.path.write_bytes(msgspec.json.format(msgspec.json.encode(list(self)), indent=0))
