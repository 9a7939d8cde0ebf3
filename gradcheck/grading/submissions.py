"""From paths to submissions: files, notebooks, folders of them, and the archives that course systems export."""

import os
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gradcheck.grading.refused import Refused
from gradcheck.subjects.loading.archive import is_archive, unpacked
from gradcheck.subjects.loading.errors import LoadError
from gradcheck.subjects.loading.source import is_wanted
from gradcheck.subjects.loading.temporary import temporary

SUFFIXES = (".py", ".ipynb", ".zip")

LONGEST = 120
"""Bytes of a name: it is a folder's name, too, and a number may follow it."""

OURS = (
    "index.html",
    "gradebook.csv",
    "grades.json",
    "journal.sqlite",
    "journal.sqlite-journal",
    "canvas.csv",
    "moodle.csv",
    "nbgrader.csv",
    "final_grades.csv",
    "junit.xml",
    "summary.md",
)
"""What lies next to the folders of the submissions."""

DEVICES = (
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{number}" for name in ("com", "lpt") for number in range(10)),
)
"""Names that no folder can have on Windows."""

CANVAS = re.compile(r"(?P<owner>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_\d+_(?P<file>.+)", re.S)
"""How Canvas names the files of its export: ``doejane_LATE_123_456_layers.py``."""

MOODLE = re.compile(r"(?P<owner>.+?)_(?P<user>\d+)_assignsubmission_file_?(?P<file>.*)", re.S)
"""How Moodle names files or folders of its export: ``Jane Doe_123_assignsubmission_file_layers.py``.

The first number counts: what follows it is the name of the file, which its owner chooses.
"""

MARK = "_assignsubmission_"

GRADESCOPE = re.compile(r"(?P<owner>submission)_(?P<user>\d+)")
"""How Gradescope names the folders of its export; ``submission_metadata.yml`` lies next to them."""

AGAIN = re.compile(r"-\d+(?=\.\w+$)")
"""What Canvas writes into the name of a file that was handed in again: ``layers-1.py``."""


@dataclass(frozen=True, order=True)
class Submission:
    """One submission.

    Attributes
    ----------
    name : str
        Unique, and safe as a folder's name.
    shown : str
        Where it lies, as a person knows the place: in an archive, perhaps.
    path : str
        The file or folder that is judged.
    is_late : bool
        Whether the course system says so.
    file : str
        The name that its owner gave to the file, where a course system has put others in front.
    """

    name: str
    shown: str
    path: str
    is_late: bool = False
    file: str = ""


@dataclass(frozen=True)
class Found:
    """The submissions in some paths, and the entries of folders that are none."""

    submissions: tuple[Submission, ...]
    left_out: tuple[str, ...] = ()


class NothingToGrade(Refused):
    """The paths hold no submission, or something that cannot be read."""


def found(paths: Sequence[str], stack: ExitStack, out: Path | None = None) -> Found:
    """Return the submissions in some paths, each with a name of its own.

    Parameters
    ----------
    paths : sequence of str
        Files and notebooks are submissions. A folder holds one in each of its entries; and so does a zip, unless it has
        the name that a course system gives to what one person handed in. A zip in a folder is a submission.
    stack : ExitStack
        Keeps what is unpacked until it is closed.
    out : Path, optional
        Where the results go: no submission, also where it lies in one of the folders.

    Raises
    ------
    NothingToGrade
        A path is not there or cannot be read, or there is no submission at all.
    """
    several: dict[str, Submission] = {}
    left_out: list[str] = []
    for path in paths:
        inside = _in(path, stack)
        several |= {
            os.path.abspath(each.shown): each for each in inside.submissions if not _is_same(each.path, out)
        }
        left_out += [each for each in inside.left_out if not _is_same(each, out)]
    if not several:
        there = ", ".join(map(repr, paths)) or "no path"
        raise NothingToGrade(
            f"there is nothing to grade in {there}: name .py files, notebooks, zips, or folders that hold them"
        )
    return Found(tuple(_unique(several.values())), tuple(left_out))


def _is_same(path: str, out: Path | None) -> bool:
    return out is not None and os.path.realpath(path) == os.path.realpath(out)


def _in(given: str, stack: ExitStack) -> Found:
    path = Path(given)
    if not os.path.exists(given):
        raise NothingToGrade(f"there is no file or folder {given!r}")
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        raise NothingToGrade(
            f"{given!r} is no submission: name .py files, notebooks, zips, or folders of them"
        )
    is_export = (path.is_dir() or is_archive(given)) and _owned(path) is None
    if not is_export:
        return Found((_named(path, given),))
    try:
        folder = Path(stack.enter_context(unpacked(given)))
        entries = sorted(folder.iterdir())
    except LoadError as problem:
        raise NothingToGrade(f"{problem.message}; unpack it, and name the folder") from None
    except OSError as problem:
        raise NothingToGrade(f"the folder {given!r} cannot be read: {problem.strerror}") from None
    several = [_named(entry, os.path.join(given, entry.name)) for entry in entries if _is_submission(entry)]
    left_out = [
        os.path.join(given, entry.name)
        for entry in entries
        if not (_is_submission(entry) or entry.name.startswith((".", "__")))
    ]
    return Found(tuple(_together(several, stack)), tuple(left_out))


def _is_submission(path: Path) -> bool:
    if path.is_symlink() or not is_wanted(path.stem if path.is_file() else path.name):
        return False
    is_text = "_assignsubmission_onlinetext" in path.name  # what was typed into a form of Moodle
    return (path.is_dir() and not is_text) or (path.is_file() and path.suffix.lower() in SUFFIXES)


def _owned(path: Path) -> re.Match[str] | None:
    """Return how a course system names the owner of a file or folder, if one has named it."""
    name = path.name
    is_folder = path.is_dir()
    found = CANVAS.fullmatch(name) or MOODLE.fullmatch(name)
    return found or GRADESCOPE.fullmatch(name if is_folder else path.stem)


def _named(path: Path, shown: str) -> Submission:
    """Return the submission at a path, with the name that a course system gives its owner."""
    match = _owned(path)
    if match is None:
        return Submission(safe(path.stem if path.is_file() else path.name), shown, str(path))
    said = match.groupdict()
    name = safe(f"{said['owner']}_{said['user']}")
    return Submission(name, shown, str(path), bool(said.get("late")), said.get("file") or path.name)


def numbers_of(paths: Sequence[str], system: re.Pattern[str]) -> list[str | None]:
    """Return the number that a course system has given to the owner of each path.

    None where there is none, where a name can be read in two ways, and where another path has the same number: then a
    person must say whose it is.
    """
    names = [Path(path).name for path in paths]
    matches = [system.fullmatch(name) if name.count(MARK) < 2 else None for name in names]
    users = [match["user"] if match else None for match in matches]
    counts = Counter(users)
    return [user if counts[user] == 1 else None for user in users]


def _together(several: Iterable[Submission], stack: ExitStack) -> Iterator[Submission]:
    """Yield the submissions; several files that a course system has from one person are one, in a folder."""
    of_owner: dict[str, list[Submission]] = {}
    for each in several:
        of_owner.setdefault(each.name if each.file else each.path, []).append(each)
    for group in of_owner.values():
        yield group[0] if len(group) == 1 else _one_folder(group, stack)


def _one_folder(group: Sequence[Submission], stack: ExitStack) -> Submission:
    """Return the submission that several files are together, under the names that their owner gave them."""
    first = group[0]
    folder = Path(stack.enter_context(temporary("zip")))
    plain = [AGAIN.sub("", each.file) for each in group]
    for each, name in zip(group, plain, strict=True):
        place = folder / (name if plain.count(name) == 1 else each.file)
        _copy(Path(each.path), place if place.name.strip(".") else folder / each.name)
    return replace(first, path=str(folder), is_late=any(each.is_late for each in group))


def _copy(path: Path, place: Path) -> None:
    """Copy a file, a folder, or what a zip holds; a damaged zip is copied as it is."""
    if path.is_file():
        with suppress(LoadError), unpacked(str(path)) as inside:
            if inside != str(path):
                shutil.copytree(inside, place.with_suffix(""), symlinks=True, dirs_exist_ok=True)
                return
        shutil.copyfile(path, place)
    else:
        shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True)


def own_name(shown: str) -> str:
    """Return the name that its owner has for a file, where a course system has put others in front; of a folder, a dot.

    Examples
    --------
    >>> own_name("export/doejane_LATE_123_456_layers-1.py")
    'layers.py'
    """
    path = Path(shown)
    match = _owned(path)
    name = AGAIN.sub("", match.groupdict().get("file") or "") if match else path.name
    return name if name.lower().endswith(SUFFIXES) else "."


def safe(text: str) -> str:
    """Return a name that is a folder's name on every system: letters, digits, dots, dashes and underscores.

    Examples
    --------
    >>> safe("../Jane Doe")
    'Jane_Doe'
    """
    name = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFKC", text))
    name = name.strip("._- ").encode()[:LONGEST].decode(errors="ignore").strip("._- ")
    is_device = name.partition(".")[0].lower() in DEVICES
    return f"submission_{name}" if is_device else name or "submission"


def _unique(several: Iterable[Submission]) -> Iterator[Submission]:
    """Yield the submissions with a number behind a name that another one has, in the order of their paths."""
    taken = {name.casefold() for name in OURS}
    for each in sorted(several, key=lambda one: (one.name.casefold(), one.shown)):
        name, number = each.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{each.name}-{number}"
        taken.add(name.casefold())
        yield replace(each, name=name)
