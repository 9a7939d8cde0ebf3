"""Where a function stands: read from the files, none of which is run."""

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

MOST_FILES = 500


@dataclass(frozen=True)
class Place:
    """A file, and the line of a function in it, where it is found in one place only."""

    path: Path
    line: int | None = None


def place_of(target: str, function: str) -> Place | None:
    """Return where a function or method of a target is defined; None where there is no file."""
    files = _files(target)
    found = [
        Place(Path(path), line)
        for path in files
        for name, line in definitions(path)
        if name == function or name.endswith(f".{function}")
    ]
    if len(found) == 1:
        return found[0]
    return Place(Path(files[0])) if len(files) == 1 else None


def _files(target: str) -> tuple[str, ...]:
    """Return the Python files of a target: it, those in its folder, or those of the module of that name."""
    path = Path(target)
    if not path.exists():
        path = _module(target) or path
    if path.is_dir():
        return tuple(str(each) for each in sorted(path.rglob("*.py"))[:MOST_FILES])
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


def definitions(path: str) -> tuple[tuple[str, int], ...]:
    """Return the qualified names of the functions that a file defines, and their lines."""
    try:
        return _parsed(os.path.abspath(path), os.stat(path).st_mtime_ns)
    except OSError:
        return ()


@cache
def _parsed(path: str, changed: int) -> tuple[tuple[str, int], ...]:
    try:
        return tuple(_definitions(ast.parse(Path(path).read_bytes()), ""))
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
