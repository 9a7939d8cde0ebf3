"""What an edit is: nodes of a function's tree that others take the place of, until it is undone."""

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradcheck.repair.tracing import Kind
from gradcheck.repair.units import Unit

Key = int | str

HANDED = 0.25
"""How much less likely it is that a ``return`` is to compute something."""


@dataclass(frozen=True, eq=False)
class Change:
    """One place of the tree: what is there, and what takes its place. `holder` is a node, or a list of nodes."""

    holder: Any
    key: Key
    old: Any
    new: Any

    def apply(self) -> None:
        """Put the new node in."""
        self._set(self.new)

    def undo(self) -> None:
        """Put the old node back."""
        self._set(self.old)

    def _set(self, value: Any) -> None:
        if isinstance(self.key, str):
            setattr(self.holder, self.key, value)
        else:
            self.holder[self.key] = value


@dataclass(frozen=True, eq=False)
class Edit:
    """One candidate: the changes that belong together, their kind, and how unlikely it is.

    `group` is equal for edits that do the same in different places, height and width being the same; `exact` for
    those that do the same by name. Where an edit `joins` others, but has no group, its group is what it changes.
    `slot` is the one place that it changes.
    """

    kind: str
    cost: float
    changes: tuple[Change, ...]
    statements: tuple[ast.stmt, ...]
    group: tuple[Any, ...] | None = None
    exact: tuple[Any, ...] | None = None
    joins: bool = False
    slot: "Slot | None" = None

    @property
    def rank(self) -> tuple[float, int]:
        """What edits are ordered by: their cost, and of those that are as likely the first, or the last.

        What computes a value is edited rather than what returns it, or hands it on.
        """
        statement = self.statements[0]
        adds = self.kind in ("factor", "term")
        handed = isinstance(statement, ast.Return) and self.kind != "exchanged"
        return self.cost + HANDED * handed, -statement.lineno if adds else statement.lineno

    def apply(self) -> None:
        """Edit the tree."""
        for change in self.changes:
            change.apply()

    def undo(self) -> None:
        """Undo it."""
        for change in reversed(self.changes):
            change.undo()


@dataclass(frozen=True, eq=False)
class Slot:
    """A place in a statement that holds an expression, and what is around it, innermost first."""

    holder: Any
    key: Key
    node: ast.expr
    around: tuple[ast.AST, ...]

    @property
    def subscript(self) -> ast.AST | None:
        """The innermost subscript around it."""
        return next((each for each in self.around if isinstance(each, ast.Subscript)), None)

    @property
    def path(self) -> tuple[str, ...]:
        """How deep it lies in its slice, if it is in one: alike for the bounds of a window's height and width."""
        found = []
        for each in self.around:
            found.append(type(each).__name__)
            if isinstance(each, ast.Slice):
                return (str(self.key), *found)
        return ()

    def to(self, new: ast.expr) -> Change:
        """Return the change that puts another expression here."""
        place(new, self.node)
        return Change(self.holder, self.key, self.node, new)


@dataclass(frozen=True, eq=False)
class Spot:
    """A statement that ran, the list that it stands in, and the statements around it, innermost first."""

    statement: ast.stmt
    body: list[ast.stmt]
    index: int
    around: tuple[ast.AST, ...]
    slots: tuple[Slot, ...]

    @property
    def in_loop(self) -> bool:
        """Whether it runs again and again."""
        return any(isinstance(each, ast.For | ast.While) for each in self.around)


@dataclass(frozen=True, eq=False)
class Scope:
    """What is known about a function when candidates are made.

    Attributes
    ----------
    spots : tuple of Spot
        The statements that ran.
    kinds : mapping
        The kinds of its variables.
    checks : frozenset of str
        The names of the checks that failed.
    unused : frozenset of str
        The variables that are computed, and never used.
    """

    unit: Unit
    spots: tuple[Spot, ...]
    kinds: Mapping[str, Kind]
    checks: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()

    @property
    def numpy(self) -> str | None:
        """What the function's module calls NumPy."""
        names = self.unit.functions[0].__globals__
        return next((each for each in ("np", "numpy", "xp") if hasattr(names.get(each), "ndarray")), None)

    @property
    def unknown(self) -> frozenset[str]:
        """The names that the function reads, and that nothing has given a value."""
        read = {
            node.id
            for node in ast.walk(self.unit.node)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        return frozenset(each for each in read - self.kinds.keys() if not self.knows(each))

    @property
    def returned(self) -> frozenset[str]:
        """The variables that the function returns."""
        values = [
            node.value for node in ast.walk(self.unit.node) if isinstance(node, ast.Return) and node.value
        ]
        entries = [
            each for value in values for each in (value.elts if isinstance(value, ast.Tuple) else [value])
        ]
        return frozenset(each.id for each in entries if isinstance(each, ast.Name))

    def knows(self, name: str) -> bool:
        """Whether a name means something in the function's module, or to Python."""
        names = self.unit.functions[0].__globals__
        return name in names or hasattr(builtins, name)

    def sort_of(self, name: str) -> str | None:
        """Return the sort of a variable, if it is one."""
        kind = self.kinds.get(name)
        return None if kind is None else kind.sort

    def named(self, *sorts: str) -> list[str]:
        """Return the variables of some sorts."""
        return [name for name, kind in self.kinds.items() if kind.sort in sorts]


Family = Callable[[Scope, Spot], Iterator[Edit]]

FIELDS_OF_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers"})


def place(new: ast.AST, old: ast.AST) -> None:
    """Give a node made anew, and what is new below it, the place of another."""
    if not hasattr(new, "lineno") and "lineno" in new._attributes:
        ast.copy_location(new, old)
    for child in ast.iter_child_nodes(new):
        if not hasattr(child, "lineno"):
            place(child, old)


def slots_of(statement: ast.stmt) -> tuple[Slot, ...]:
    """Return the places of a statement's own expressions, outermost first, without those of statements inside it."""
    found: list[Slot] = []
    for name, value in ast.iter_fields(statement):
        if name not in FIELDS_OF_BLOCKS:
            _collect(statement, name, value, (statement,), found)
    return tuple(found)


def _collect(holder: ast.AST, name: str, value: Any, around: tuple[ast.AST, ...], found: list[Slot]) -> None:
    entries: Sequence[tuple[Any, Key, Any]] = (
        [(value, index, each) for index, each in enumerate(value)]
        if isinstance(value, list)
        else [(holder, name, value)]
    )
    for place_of, key, each in entries:
        if isinstance(each, ast.expr):
            found.append(Slot(place_of, key, each, around))
        if isinstance(each, ast.expr | ast.keyword | ast.comprehension | ast.withitem):
            for inner, below in ast.iter_fields(each):
                _collect(each, inner, below, (each, *around), found)


def unused_in(unit: Unit, kinds: Mapping[str, Kind]) -> frozenset[str]:
    """Return the variables of a function that nothing reads: perhaps something should."""
    names = [node for node in ast.walk(unit.node) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    written = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return frozenset((written - read) & kinds.keys())


def spots_of(unit: Unit, lines: set[int]) -> tuple[Spot, ...]:
    """Return the statements of a function that ran."""
    return tuple(_spots(unit.node.body, (unit.node,), lines))


def _spots(body: list[ast.stmt], around: tuple[ast.AST, ...], lines: set[int]) -> Iterator[Spot]:
    for index, statement in enumerate(body):
        blocks = [
            value
            for name, value in ast.iter_fields(statement)
            if name in FIELDS_OF_BLOCKS and isinstance(value, list)
        ]
        nested = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        last = statement.end_lineno or statement.lineno
        if blocks and not nested and blocks[0]:
            last = max(statement.lineno, blocks[0][0].lineno - 1)
        if not nested and not lines.isdisjoint(range(statement.lineno, last + 1)):
            yield Spot(statement, body, index, around, slots_of(statement))
        for block in blocks:
            if name_of_handlers(block):
                for handler in block:
                    yield from _spots(handler.body, (handler, statement, *around), lines)
            else:
                yield from _spots(block, (statement, *around), lines)


def name_of_handlers(block: list[Any]) -> bool:
    """Whether a block holds ``except`` clauses."""
    return bool(block) and isinstance(block[0], ast.ExceptHandler)


def name(text: str) -> ast.Name:
    """Return a variable that is read."""
    return ast.Name(text, ast.Load())


def number(value: float) -> ast.Constant:
    """Return a number."""
    return ast.Constant(value)


def binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.BinOp:
    """Return an operation on two expressions."""
    return ast.BinOp(left, operator, right)


def call_of(node: ast.AST) -> str | None:
    """Return the last name of what a call calls: ``sum`` for ``np.sum(x)`` and ``x.sum()``."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def is_read(node: ast.AST) -> bool:
    """Whether a name, an attribute or a subscript is read."""
    return isinstance(getattr(node, "ctx", None), ast.Load)
