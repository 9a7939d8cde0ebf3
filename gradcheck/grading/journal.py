"""The journal of a grading: one transaction a submission, so that nothing is lost or graded twice after a kill."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gradcheck import report
from gradcheck.grading.lessons import Lesson
from gradcheck.grading.refused import Refused
from gradcheck.grading.scoring import Score

FORMAT = "gradcheck-journal/1"
NAME = "journal.sqlite"

TABLES = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE graded "
    "(name TEXT PRIMARY KEY, content TEXT NOT NULL, is_final INTEGER NOT NULL, entry BLOB NOT NULL)",
    "CREATE TABLE folders (name TEXT PRIMARY KEY)",
)
"""What is known of the grading, what came of each submission, and which folders next to the journal are its own."""


class JournalError(Refused):
    """A journal cannot be used."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one submission.

    `is_ours` says why it could not be judged, where that is no fault of its own: then the next run tries it again.
    `lessons` are its failures on numbers that are no secret, for its page.
    """

    name: str
    path: str
    content: str
    is_late: bool
    seconds: float
    target: report.TargetReport
    score: Score
    is_ours: str | None = None
    lessons: tuple[Lesson, ...] = ()


class Journal:
    """The results of a grading in a file. No other process can use it until it is closed.

    Parameters
    ----------
    path : Path
        The file; it is made where it is not there.
    rubric, suite : str
        Hashes of the rubric and of the suite: results of other ones do not count.
    seed : int
        For a new journal. An older one keeps its own, so that the same file gets the same grade.
    is_wanted : bool
        Whether an older journal must have this very seed.

    Raises
    ------
    JournalError
        The file is no journal, is in use, or is one of another rubric, seed or version of the suite.
    """

    def __init__(self, path: Path, rubric: str, suite: str, seed: int, *, is_wanted: bool = False) -> None:
        self.path = path
        facts = {"format": FORMAT, "rubric": rubric, "suite": suite, "seed": str(seed)}
        with self._told():
            self._base = sqlite3.connect(path, isolation_level=None, timeout=1)
        try:
            with self._told():
                self._prepare(facts)
                there = dict(self._base.execute("SELECT name, value FROM facts"))
            self._refuse_other(there, facts, is_wanted)
        except BaseException:
            self._base.close()
            raise
        self.seed = int(there["seed"])

    def _prepare(self, facts: dict[str, str]) -> None:
        """Lock the file, and fill it where it is empty: it is made as a whole or not at all."""
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute("PRAGMA synchronous = FULL")
        self._base.execute("BEGIN EXCLUSIVE")
        if self._base.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            for table in TABLES:
                self._base.execute(table)
            self._base.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
        self._base.execute("COMMIT")

    def _refuse_other(self, there: dict[str, str], facts: dict[str, str], is_wanted: bool) -> None:
        if there.get("format") != FORMAT or there.get("suite") != facts["suite"]:
            raise JournalError(f"{self.path} was made by another version of gradcheck: name another --out")
        if there.get("rubric") != facts["rubric"]:
            raise JournalError(
                f"{self.path} was made with another rubric: name another --out, or use that rubric"
            )
        if is_wanted and there.get("seed") != facts["seed"]:
            raise JournalError(
                f"{self.path} was made with another seed: leave out --seed, or name another --out"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in a sentence what SQLite says: the disk is full, the file is in use, or it is something else."""
        try:
            yield
        except sqlite3.OperationalError as problem:
            if "locked" in str(problem):
                raise JournalError(
                    f"{self.path} is in use by another grading: wait until it is done"
                ) from None
            if "no such table" in str(problem):
                raise JournalError(f"{self.path} is no journal of a grading: name another --out") from None
            what = "make room or change its rights, and give the same command again"
            raise JournalError(f"{self.path} cannot be read or written ({problem}): {what}") from None
        except sqlite3.Error:
            raise JournalError(f"{self.path} is no journal of a grading: name another --out") from None

    def has(self, name: str, content: str) -> bool:
        """Return whether a submission of this name and content is graded, and need not be tried again."""
        with self._told():
            wanted = "SELECT 1 FROM graded WHERE name = ? AND content = ? AND is_final"
            return self._base.execute(wanted, (name, content)).fetchone() is not None

    def add(self, entry: Entry) -> None:
        """Keep what came of a submission, on the disk when this returns."""
        row = (entry.name, entry.content, entry.is_ours is None, msgspec.msgpack.encode(entry))
        with self._told():
            self._base.execute("INSERT OR REPLACE INTO graded VALUES (?, ?, ?, ?)", row)

    def entries(self) -> Iterator[Entry]:
        """Yield what came of each submission, by name."""
        with self._told():
            for (data,) in self._base.execute("SELECT entry FROM graded ORDER BY name"):
                yield msgspec.msgpack.decode(data, type=Entry)

    def names(self) -> list[str]:
        """Return the names of the submissions that something came of."""
        with self._told():
            return [name for (name,) in self._base.execute("SELECT name FROM graded ORDER BY name")]

    def forget(self, names: Iterable[str]) -> None:
        """Remove what came of some submissions: they are graded again."""
        with self._told():
            self._base.executemany("DELETE FROM graded WHERE name = ?", [(name,) for name in names])

    def take(self, names: Iterable[str]) -> None:
        """Note that the folders of these names are the grading's own, to be written to.

        Raises
        ------
        JournalError
            Something of such a name is there already, and is not from this grading.
        """
        with self._told():
            own = {name for (name,) in self._base.execute("SELECT name FROM folders")}
        new = [name for name in names if name not in own]
        for name in new:
            place = self.path.with_name(name)
            if os.path.lexists(place):
                raise JournalError(f"{place} is not from this grading: move it away, or name another --out")
        with self._told():
            self._base.execute("BEGIN")
            self._base.executemany("INSERT INTO folders VALUES (?)", [(name,) for name in new])
            self._base.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def content_of(path: Path) -> str:
    """Return a hash of what a file or a folder holds. Links are not followed; what cannot be read is left out."""
    digest = hashlib.sha256()
    files = sorted(_files(path)) if path.is_dir() else [path]
    for each in files:
        shown = each.relative_to(path) if each != path else path.suffix
        digest.update(str(shown).encode("utf-8", "surrogateescape") + b"\0")
        try:
            with each.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:
            continue
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        paths = (Path(place, name) for name in names)
        yield from (path for path in paths if not path.is_symlink() and path.is_file())
