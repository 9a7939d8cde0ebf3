"""What changed between two gradings: read from the files that they wrote, whatever rubric or suite made them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from gradcheck.grading.refused import Refused
from gradcheck.grading.results.formats.outcome import number
from gradcheck.grading.scoring import PartScore, Score
from gradcheck.reporting.github import plain
from gradcheck.text import one_line

Kind = TypeVar("Kind")

LARGEST = 2**28
"""Bytes of a file that is read."""


class Row(msgspec.Struct, frozen=True):
    """What a comparison needs of a submission in ``grades.json``."""

    name: str


class Grades(msgspec.Struct, frozen=True):
    """What a comparison needs of ``grades.json``."""

    submissions: tuple[Row, ...]


class Graded(msgspec.Struct, frozen=True):
    """What a comparison needs of ``report.json``."""

    rubric: str
    suite: str
    seed: int
    points: Score


@dataclass(frozen=True)
class Comparison:
    """What changed: a sentence for each submission whose points or verdicts differ, and the names of others."""

    changed: tuple[str, ...]
    same: int
    new: tuple[str, ...]
    gone: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def compared(before: Path, after: Path) -> Comparison:
    """Return what changed from one grading to another.

    Raises
    ------
    Refused
        One of the folders has no grading that can be read.
    """
    there, now = _names(before), _names(after)
    both = [name for name in now if name in there]
    changed: list[str] = []
    remarks: dict[str, None] = {}
    for name in both:
        old, new = _graded(before, name), _graded(after, name)
        remarks |= dict.fromkeys(_remarks(old, new))
        if said := "; ".join(_changes(old.points, new.points)):
            changed.append(plain(f"{name}: {said}"))
    return Comparison(
        changed=tuple(changed),
        same=len(both) - len(changed),
        new=tuple(plain(name) for name in now if name not in there),
        gone=tuple(plain(name) for name in there if name not in now),
        remarks=tuple(remarks),
    )


def _names(folder: Path) -> dict[str, None]:
    """Return the submissions of a grading, in order."""
    grades = _read(folder / "grades.json", Grades)
    for row in grades.submissions:
        if Path(row.name).name != row.name or row.name in ("", "..") or "\0" in row.name:
            raise Refused(
                f"{folder / 'grades.json'} is not from a grading: {one_line(row.name)!r} is no name"
            )
    return dict.fromkeys(row.name for row in grades.submissions)


def _graded(folder: Path, name: str) -> Graded:
    return _read(folder / name / "report.json", Graded)


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(f"{path} is not from a grading: it has more than {LARGEST} bytes")
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as problem:
        raise Refused(f"there is no whole grading to compare: {path}: {problem.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Refused(f"{path} is not from a grading: {one_line(problem)}") from None


def _remarks(old: Graded, new: Graded) -> Iterator[str]:
    """Yield what else may be why points differ."""
    for what, names in (
        ("rubric", (old.rubric, new.rubric)),
        ("version of the suite", (old.suite, new.suite)),
    ):
        if names[0] != names[1]:
            yield plain(f"another {what}: {names[0]}, now {names[1]}")
    if old.seed != new.seed:
        yield "another seed: other cases were drawn"


def _changes(old: Score, new: Score) -> Iterator[str]:
    """Yield what differs: the points of the submission, and then each part."""
    parts = list(_parts(old.parts, new.parts))
    if parts or (old.score, old.max) != (new.score, new.max):
        total = f"{number(old.score)} of {number(old.max)}"
        yield f"{total} -> {number(new.score)} of {number(new.max)}"
    yield from parts


def _parts(old: Sequence[PartScore], new: Sequence[PartScore]) -> Iterator[str]:
    before, after = ({(each.layer, each.part): each for each in several} for several in (old, new))
    for key in dict.fromkeys([*before, *after]):
        texts = [_part(several.get(key)) for several in (before, after)]
        if texts[0] != texts[1]:
            yield f"{key[0]} ({key[1]}) {texts[0]} -> {texts[1]}"


def _part(part: PartScore | None) -> str:
    if part is None:
        return "not asked"
    return f"{number(part.points)} of {number(part.max)}, {part.verdict}"
