"""What became of mutants, and the file in which that is kept."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from generated import ROOT


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


def kept_in(path: Path, files: Collection[str]) -> list[Outcome]:
    """Return the outcomes in a JSON file, except those of some files, which come anew, and of files that are gone."""
    rows = json.loads(path.read_text()) if path.exists() else []
    found = [Outcome(**row) for row in rows]
    return [each for each in found if each.file not in files and (ROOT / each.file).exists()]


def by_file(found: Iterable[Outcome]) -> list[Outcome]:
    """Return outcomes file by file, and those of one file in their order."""
    return sorted(found, key=lambda each: each.file)
