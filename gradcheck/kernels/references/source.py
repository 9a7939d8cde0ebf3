"""The file of a reference: its text, the integers in it that set sizes, and the module at other sizes."""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import cast

from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references import work
from gradcheck.text import one_line

MAKERS = ("get_inputs", "get_init_inputs")
"""The functions whose own integers may be sizes, besides those at the top of the module."""

MODULE = "gradcheck_reference"
"""What the module is called while it is used: not by its own name, which a package may have."""

OPERATORS: dict[type[ast.operator], Callable[[int, int], int | None]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b if b else None,
    ast.Pow: lambda a, b: a**b if 0 <= b < 64 else None,
}

WRITTEN_OUT = frozenset({"tensor", "as_tensor", "LongTensor", "IntTensor", "array", "asarray"})
"""What makes a tensor of the numbers that it is given."""

Place = tuple[int, int]


@dataclass(frozen=True)
class Site:
    """An integer in a reference's text that may be a size.

    `name` is the variable that it is assigned to, with an index in a tuple; for an integer in `get_inputs` the
    function's name and a number. `place` is the line and column.
    """

    name: str
    value: int
    place: Place


@dataclass(frozen=True)
class Source:
    """A reference as a file."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read a file. Raises KernelError."""
        try:
            source = cls(path, path.read_text(encoding="utf-8"))
            _ = source.tree
        except OSError as problem:
            raise KernelError(f"{path} cannot be read: {problem.strerror}") from None
        except (SyntaxError, UnicodeDecodeError, ValueError) as problem:
            raise KernelError(f"{path} cannot be read: {one_line(problem)}") from None
        return source

    @property
    def name(self) -> str:
        """What problems of it are called: the file's name, as one word."""
        return "_".join(self.path.stem.split()) or "reference"

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every integer of two or more that may be a size."""
        found = [site for node in self.tree.body for site in _sites(node)]
        return tuple(site for site in found if site.value > 1)

    def module(self, sizes: Mapping[str, int]) -> ModuleType:
        """Run the text with other integers at some sites, and return the module. Whatever it raises passes."""
        places = {site.place: sizes[site.name] for site in self.sites if site.name in sizes}
        changed = _Resized(places).visit(ast.parse(self.text))
        is_stepping = not any(name in self.text for name in work.WITH_OPERATORS)
        tree = cast(ast.Module, work.Stepping().visit(changed) if is_stepping else changed)
        tree = ast.fix_missing_locations(tree)
        made = ModuleType(MODULE)
        setattr(made, work.COUNTER, work.STEPS.__next__)
        made.__file__ = str(self.path)
        folder = str(self.path.resolve().parent)
        if folder not in sys.path:
            sys.path.append(folder)
        sys.modules[MODULE] = made
        exec(compile(tree, str(self.path), "exec"), made.__dict__)  # noqa: S102 - the reference is trusted
        return made


class _Resized(ast.NodeTransformer):
    """Puts integers in the place of expressions."""

    def __init__(self, places: Mapping[Place, int]) -> None:
        self._places = places

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the new integer, or the node with what is inside it changed."""
        place = getattr(node, "lineno", -1), getattr(node, "col_offset", -1)
        if place in self._places and isinstance(node, ast.expr) and integer(node) is not None:
            return ast.copy_location(ast.Constant(self._places[place]), node)
        return self.generic_visit(node)


def integer(node: ast.AST) -> int | None:
    """Return the value of an expression of integer literals; None for any other."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = integer(node.left), integer(node.right)
        if left is not None and right is not None:
            return OPERATORS[type(node.op)](left, right)
    return None


def _sites(node: ast.stmt) -> Iterator[Site]:
    if isinstance(node, ast.FunctionDef) and node.name in MAKERS and not any(map(_is_data, ast.walk(node))):
        for number, (value, place) in enumerate(_literals(node)):
            yield Site(f"{node.name}[{number}]", value, place)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield from _assigned(node.target.id, node.value)
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Name):
            yield from _assigned(target.id, node.value)
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for each, expression in zip(target.elts, node.value.elts, strict=False):
                if isinstance(each, ast.Name):
                    yield from _assigned(each.id, expression)


def _assigned(name: str, value: ast.expr) -> Iterator[Site]:
    found = integer(value)
    if found is not None:
        yield Site(name, found, (value.lineno, value.col_offset))
    elif isinstance(value, ast.Tuple | ast.List):
        for number, each in enumerate(value.elts):
            yield from _assigned(f"{name}[{number}]", each)


def _is_data(node: ast.AST) -> bool:
    """Return whether a tensor is written out in numbers, which fit the sizes that stand next to them, and no others."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    several = isinstance(node.args[0], ast.List | ast.Tuple) and len(node.args[0].elts) > 1
    return several and name in WRITTEN_OUT


def _literals(node: ast.AST) -> Iterator[tuple[int, Place]]:
    """Yield the integers in a function that are arguments, or in a tuple or list; not indices, nor named options."""
    for child in ast.iter_child_nodes(node):
        found = integer(child)
        is_size = isinstance(node, ast.Call | ast.Tuple | ast.List | ast.BinOp | ast.Assign)
        if found is not None and is_size and isinstance(child, ast.expr):
            yield found, (child.lineno, child.col_offset)
        elif not isinstance(child, ast.Subscript | ast.keyword) or _names_a_size(child):
            yield from _literals(child)


def _names_a_size(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in ("size", "high")
