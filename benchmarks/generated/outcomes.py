"""What became of mutants, and the file in which that is kept."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """A mutant, and what noticed it: a row of the JSON."""

    file: str
    function: str
    line: int
    was: str
    now: str
    suite: str | None
    layer: str | None
    tests: str | None

    @property
    def survived(self) -> bool:
        """Whether nothing noticed it."""
        return self.suite is None and self.tests is None


def written_to(path: Path, found: Iterable[Outcome]) -> None:
    """Write outcomes as JSON."""
    path.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n")
