"""Annotations on GitHub: a report as lines by which a workflow marks the functions in their files."""

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from itertools import islice
from pathlib import Path

from gradcheck.report import Report, TargetReport, Verdict
from gradcheck.reporting.failures import failures_of
from gradcheck.reporting.text import failure
from gradcheck.reporting.wording import advice, name_of, summary, unisolated
from gradcheck.subjects.loading.reading import beginning
from gradcheck.text import one_line

DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY = DATA | str.maketrans({":": "%3A", ",": "%2C"})
MOST_FILES = 500
LARGEST = 2**20
"""How many bytes of a file are looked through for functions."""


@dataclass(frozen=True)
class Place:
    """A file, and the line of a function in it, where it is found in one place only."""

    path: Path
    line: int | None = None


def as_github(report: Report, *, dialect: str | None = None, **_: object) -> str:
    """Return a report as commands of a GitHub workflow, one a line, and its summary."""
    first = unisolated(report.targets)
    lines = [annotation("notice", "gradcheck", first)] if first else []
    lines += [line for target in report.targets for line in _target(target, dialect)]
    return "".join(f"{line}\n" for line in [*lines, plain(summary(report))])


def _target(target: TargetReport, dialect: str | None) -> Iterator[str]:
    if target.error is not None:
        title = f"{name_of(target.target)} was not judged"
        yield annotation("error", title, f"{one_line(target.error, 2000)}\n{advice(target)}")
        return
    for each in failures_of(target, dialect):
        level = "error" if each.verdict.is_wrong else "warning"
        yield annotation(
            level, each.title, failure(each), place_of(target.adapter or target.target, each.function)
        )
    for part in target.parts:
        if part.verdict is Verdict.MISSING:
            place = place_of(target.adapter or target.target, part.function)
            yield annotation("warning", f"{part.layer} · {part.part}", f"{part.function} is missing", place)


def annotation(level: str, title: str, message: str, place: Place | None = None) -> str:
    """Return one line that marks a place, or the job where there is none.

    Whatever title and message hold, it stays one command: the characters that would end it are escaped.

    Parameters
    ----------
    level : str
        ``error``, ``warning`` or ``notice``.
    title, message : str
        What is shown; the message may have several lines.
    place : Place, optional
        What is marked.
    """
    properties = {**_of_place(place), "title": title}
    written = ",".join(f"{name}={value.translate(PROPERTY)}" for name, value in properties.items())
    return f"::{level} {written}::{message.translate(DATA)}"


def plain(text: str) -> str:
    """Return text as one line that GitHub does not read as a command, in its form of today or the old ``##[error]``."""
    return one_line(text, 2000).replace("##[", "## [").lstrip(": ")


def _of_place(place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    root = os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
    try:
        path = {"file": Path(os.path.relpath(place.path, root)).as_posix()}
    except ValueError:  # on Windows: another drive
        return {}
    return path if place.line is None else {**path, "line": str(place.line)}


def add_to_summary(text: str) -> None:
    """Add Markdown to the summary of the job's step, if there is a file for it."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with open(path, "a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)


def place_of(target: str, function: str) -> Place | None:
    """Return where a function or method of a target is defined; None where there is no file.

    The files are parsed, and none of them is run.
    """
    files = _files(target)
    found = [
        Place(Path(path), line)
        for path in files
        for name, line in _defined(path)
        if name == function or name.endswith(f".{function}")
    ]
    if len(found) == 1:
        return found[0]
    return Place(Path(files[0])) if len(files) == 1 else None


def _files(target: str) -> tuple[str, ...]:
    """Return the Python files of a target that is a file, a folder or the dotted name of a module."""
    path = Path(target)
    if not os.path.exists(path):
        path = _module(target) or path
    if path.is_dir():
        found = islice(path.rglob("*.py"), MOST_FILES)
        return tuple(str(each) for each in sorted(found) if os.path.isfile(each))
    return (str(path),) if path.is_file() else ()


def _module(dotted: str) -> Path | None:
    """Return the file or folder of a module, without importing any package it is in."""
    here: list[str] | None = [os.getcwd(), *sys.path]
    place: Path | None = None
    for name in dotted.split("."):
        spec = PathFinder.find_spec(name, here)
        if spec is None:
            return None
        here = list(spec.submodule_search_locations or ())
        place = Path(here[0]) if here else Path(spec.origin or "")
    return place


def _defined(path: str) -> tuple[tuple[str, int], ...]:
    """Return the qualified names of the functions that a file defines, and their lines."""
    try:
        return _parsed(os.path.abspath(path), os.stat(path).st_mtime_ns)
    except OSError:
        return ()


# `changed` is there for the cache alone: a file that is written again is parsed again.
@cache
def _parsed(path: str, changed: int) -> tuple[tuple[str, int], ...]:
    try:
        return tuple(_definitions(ast.parse(beginning(path, LARGEST)), ""))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            if isinstance(child, ast.FunctionDef):
                yield prefix + child.name, child.lineno
            yield from _definitions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.If | ast.Try | ast.With):
            yield from _definitions(child, prefix)
