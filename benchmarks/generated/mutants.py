"""A mutant: one replacement of one node, and how its statement reads before and after."""

import ast
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from generated.expressions import altered
from generated.operators import OPERATORS
from generated.places import Place

WIDTH = 90


def header(statement: ast.AST) -> str:
    """Return a statement on one line, without what is indented below it."""
    if isinstance(statement, ast.FunctionDef):
        bare = altered(statement, decorator_list=[], body=[], returns=None)
        marks = [f"@{ast.unparse(mark)}" for mark in statement.decorator_list]
        return " ".join([*marks, ast.unparse(bare)])
    return ast.unparse(statement).splitlines()[0]


def trimmed(text: str, other: str) -> str:
    """Return a long line from a little before to a little after where it differs from another."""
    if len(text) <= WIDTH:
        return text
    shared = next(
        (i for i, pair in enumerate(zip(text, other, strict=False)) if len(set(pair)) > 1), len(other)
    )
    begin = max(0, min(shared - WIDTH // 3, len(text) - WIDTH))
    end = begin + WIDTH
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")


@dataclass(frozen=True)
class Mutant:
    """One replacement of one node."""

    file: str
    function: str
    line: int
    was: str
    now: str
    place: Place = field(repr=False)
    replacement: ast.AST = field(repr=False)

    @property
    def module(self) -> str:
        """The dotted name of its file in the package."""
        return ".".join(Path(self.file).with_suffix("").parts[1:])

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Make the replacement in the tree, and undo it."""
        self.place.put(self.replacement)
        try:
            yield
        finally:
            self.place.put(self.place.node)


def mutants_at(place: Place, file: str, function: str) -> Iterator[Mutant]:
    """Yield every mutant of one node."""
    for operator in OPERATORS.get(type(place.node), ()):
        for new in operator(place.node):
            ast.fix_missing_locations(ast.copy_location(new, place.node))
            was = header(place.statement)
            place.put(new)
            now = header(new if place.node is place.statement else place.statement)
            place.put(place.node)
            line = getattr(place.node, "lineno", place.statement.lineno)
            yield Mutant(file, function, line, trimmed(was, now), trimmed(now, was), place, new)
