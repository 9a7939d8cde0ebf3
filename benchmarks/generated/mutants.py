"""The mutants of a package: where operators apply, and which layers a mutant can affect."""

import ast
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from generated.operators import OPERATORS, altered
from gradcheck.contract import PARTS
from gradcheck.layers import BY_NAME

ROOT = Path(__file__).parents[2]
PACKAGES = ("naive", "fast")


SILENT = (ast.Import, ast.ImportFrom, ast.Raise)
ANNOTATIONS = ("annotation", "returns", "decorator_list")


class Place(NamedTuple):
    """A node, where it hangs in the tree, and the statement that it is part of."""

    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    statement: ast.stmt

    def put(self, node: ast.AST) -> None:
        """Hang another node there."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field_name, value in ast.iter_fields(node):
        if field_name not in ANNOTATIONS:
            for index, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield field_name, index if isinstance(value, list) else None, child


def is_code(place: Place) -> bool:
    """Return whether a node runs, and is no text of a message."""
    node = place.node
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and "TypeAlias" not in ast.unparse(node.annotation)
    if isinstance(node, ast.Constant):
        return not isinstance(place.parent, ast.JoinedStr)
    if isinstance(node, ast.Assign) and isinstance(place.parent, ast.Module):
        return not isinstance(node.value, ast.Subscript | ast.List) and not _is_type(node.value)
    return not isinstance(node, SILENT)


def _is_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "TypeVar"


def places(parent: ast.AST, statement: ast.stmt) -> Iterator[Place]:
    """Yield every node below `parent` that may be mutated, in the order of the source."""
    for field_name, index, node in children(parent):
        inner = node if isinstance(node, ast.stmt) else statement
        place = Place(parent, field_name, index, node, inner)
        if is_code(place):
            yield place
            yield from places(node, inner)


ALIAS = "mutated"
"""The name under which a mutated package is imported, next to the untouched one."""
Definition = tuple[str, str]
"""A module and a name in it."""
Trees = dict[str, ast.Module]


def names_of(statement: ast.stmt) -> list[str]:
    """Return what a statement on the top level of a module defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def uses(trees: Trees) -> dict[Definition, set[Definition]]:
    """Return what each definition of a package mentions, itself and through what it mentions."""
    direct: dict[Definition, set[Definition]] = {}
    for module, tree in trees.items():
        known = _known(tree, module)
        for statement in tree.body:
            for defined in names_of(statement):
                direct[module, defined] = _mentioned(statement, known)
    return {definition: _closure(definition, direct) for definition in direct}


def _known(tree: ast.Module, module: str) -> dict[str, Definition]:
    """Return which definition each name of a module stands for."""
    known: dict[str, Definition] = {}
    for statement in tree.body:
        known |= {defined: (module, defined) for defined in names_of(statement)}
        if isinstance(statement, ast.ImportFrom) and statement.level:
            above = module.split(".")[: -statement.level]
            source = ".".join([*above, statement.module or ""])
            known |= {alias.asname or alias.name: (source, alias.name) for alias in statement.names}
    return known


def _mentioned(statement: ast.stmt, known: dict[str, Definition]) -> set[Definition]:
    names = [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
    return {known[name] for name in names if name in known}


def _closure(definition: Definition, direct: dict[Definition, set[Definition]]) -> set[Definition]:
    found, waiting = {definition}, [definition]
    while waiting:
        new = direct.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


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


def sources(package: str) -> list[Path]:
    """Return the files of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    """Return the dotted name of a file in its package, such as engine.blocks."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[1:])


def file_of(package: str, module: str) -> str:
    """Return the path of a module in the repository."""
    return f"{package}/{module.replace('.', '/')}.py"


class Package:
    """The sources of `naive` or `fast` under another name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.trees = {module_of(path): ast.parse(path.read_text()) for path in sources(name)}
        self.code = {module: self.compiled(module) for module in self.trees}

    def compiled(self, module: str) -> CodeType:
        """Return the code of a module as its tree is now."""
        return compile(self.trees[module], file_of(self.name, module), "exec")

    def source(self, module: str) -> str:
        """Return the text of a module as its tree is now."""
        return ast.unparse(self.trees[module])

    def mutants(self, module: str) -> Iterator[Mutant]:
        """Yield every mutant of a module."""
        tree = self.trees[module]
        for index, statement in enumerate(tree.body):
            place = Place(tree, "body", index, statement, statement)
            for found in (place, *places(statement, statement)) if is_code(place) else ():
                defined = names_of(statement)
                yield from mutants_at(found, file_of(self.name, module), defined[0] if defined else "")

    @cached_property
    def uses(self) -> dict[Definition, set[Definition]]:
        """What each definition of the package mentions."""
        return uses(self.trees)

    def affected(self, mutant: Mutant) -> dict[str, tuple[str, ...]]:
        """Return the layers that a mutant can affect, each with its parts. A wrong forward may mislead backward."""
        users = {
            defined for (_, defined), used in self.uses.items() if (mutant.module, mutant.function) in used
        }
        found: dict[str, tuple[str, ...]] = {}
        for layer in BY_NAME:
            if f"{layer}_forward" in users:
                found[layer] = PARTS
            elif f"{layer}_backward" in users:
                found[layer] = PARTS[1:]
        return found
