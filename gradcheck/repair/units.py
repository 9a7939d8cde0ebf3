"""The functions of a submission that may be edited: their text, their tree, and what of them lives in this process."""

import __future__

import ast
import contextlib
import gc
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

import numpy as np

FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names} - {0x10})
"""The flags of ``from __future__ import``, which a function's code has too (not that of nested scopes)."""

LARGEST = 2**20
"""The most characters of a file that is parsed."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Nodes = tuple[ast.AST, ...]


@dataclass(eq=False)
class Unit:
    """One function: where it is written, and the function objects that run its code.

    Attributes
    ----------
    file : str
        What tracebacks call its file.
    chain : tuple
        The nodes around it, outermost first; the last is the function itself.
    functions : list
        The live function objects.
    original : CodeType
        Their code, before any edit.
    """

    file: str
    chain: Nodes
    functions: list[FunctionType]
    original: CodeType
    _module: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self._module = ast.Module([_stripped(self.chain)], [])

    @property
    def node(self) -> Function:
        """The function's own node, which edits change in place."""
        found = self.chain[-1]
        assert isinstance(found, Function)
        return found

    def compiled(self) -> CodeType | None:
        """Return the code of the tree as it is now; None where it does not compile, or cannot take the place."""
        return self._compiled(self._module)

    def is_what_runs(self, imports: Sequence[ast.stmt]) -> bool:
        """Whether the text is that of the live code, whether that was compiled with its module's imports or not.

        Python compiles a call of something that the same text imports in another way.
        """
        modules = self._module, ast.Module([*imports, *self._module.body], [])
        made = (self._compiled(module) for module in modules)
        return any(code is not None and likeness(code) == likeness(self.original) for code in made)

    def _compiled(self, module: ast.Module) -> CodeType | None:
        flags = self.original.co_flags & FUTURE
        try:
            whole = compile(module, self.file, "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError, TypeError, RecursionError, OverflowError):
            return None
        found = _inner(whole, self.original.co_name, self.original.co_firstlineno)
        is_same = found is not None and found.co_freevars == self.original.co_freevars
        return found if is_same else None

    @property
    def current(self) -> CodeType:
        """The code that the live functions run at the moment."""
        return self.functions[0].__code__

    def put(self, code: CodeType) -> None:
        """Have the live functions run a code."""
        for function in self.functions:
            function.__code__ = code

    def restore(self) -> None:
        """Have them run their own again."""
        self.put(self.original)


def _stripped(chain: Nodes) -> Any:
    """Return the outermost node with as little as the function needs to compile alike: its classes without the rest."""
    first, *rest = chain
    if not rest or isinstance(first, Function):
        return first
    assert isinstance(first, ast.ClassDef)
    made = ast.ClassDef(first.name, [], [], [_stripped(tuple(rest))], [])
    made.type_params = []  # type: ignore[attr-defined]  # of Python 3.12
    return ast.copy_location(made, first)


def _inner(code: CodeType, name: str, line: int) -> CodeType | None:
    """Return the code of a function within another code."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_name == name and each.co_firstlineno == line:
                return each
            if (found := _inner(each, name, line)) is not None:
                return found
    return None


class Library:
    """The texts of a submission's files, and the functions in them.

    Parameters
    ----------
    texts : mapping
        What tracebacks call a file -> its text.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = {name: text for name, text in texts.items() if len(text) <= LARGEST}
        self._chains = {name: dict(_functions(text)) for name, text in self.texts.items()}
        self._imports = {name: _imports(text) for name, text in self.texts.items()}
        self._globals: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._arrays: list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
        self._live: dict[CodeType, list[FunctionType]] = {}
        self._units: dict[tuple[str, str, int], Unit | None] = {}
        self._collect()

    def __enter__(self) -> "Library":
        """Note what the modules of the functions hold."""
        spaces = {id(each.__globals__): each.__globals__ for found in self._live.values() for each in found}
        self._globals = [(space, dict(space)) for space in spaces.values()]
        arrays = {
            id(value): value for _, held in self._globals for value in held.values() if _is_array(value)
        }
        self._arrays = [(value, value.copy()) for value in arrays.values()]
        return self

    def __exit__(self, *_: object) -> None:
        """Have every function run its own code again, and every module hold what it held."""
        for space, held in self._globals:
            for name in space.keys() - held.keys():
                del space[name]
            space.update((name, value) for name, value in held.items() if space.get(name) is not value)
        for value, before in self._arrays:
            value[...] = before
        for unit in self._units.values():
            if unit is not None:
                unit.restore()

    def keep(self, trees: Iterable[tuple[Unit, ast.AST]]) -> None:
        """Have functions run edited trees from now on, which further edits start from."""
        for unit, tree in trees:
            assert isinstance(tree, Function)
            unit.node.body = tree.body
            code = unit.compiled()
            if code is not None:
                unit.put(code)

    def _collect(self) -> None:
        """Find the function objects whose code stands in the files."""
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename in self.texts:
                self._live.setdefault(each.__code__, []).append(each)

    def unit(self, code: CodeType) -> Unit | None:
        """Return the unit by which the lines of a code can be edited: its own, or that of the function around it."""
        key = code.co_filename, code.co_name, code.co_firstlineno
        if key not in self._units:
            self._units[key] = self._made(code) if code in self._live else self._around(code)
        return self._units[key]

    def fresh(self, text: str, unit: Unit) -> ast.AST:
        """Return the node of a unit in a text of its file, parsed anew."""
        names = [getattr(node, "name", "") for node in unit.chain]
        found = dict(_functions(text))
        first = unit.original.co_firstlineno
        exact = found.get((names[-1], first))
        return (exact or unit.chain)[-1]

    def _made(self, code: CodeType) -> Unit | None:
        chain = self._chains.get(code.co_filename, {}).get((code.co_name, code.co_firstlineno))
        if chain is None:
            return None
        unit = Unit(code.co_filename, chain, self._live[code], code)
        # A text that is not what runs (a file that was saved since) would give lines of something else.
        return unit if unit.is_what_runs(self._imports[code.co_filename]) else None

    def _around(self, code: CodeType) -> Unit | None:
        """Return the unit of the innermost live function around a code that only lives while that runs."""
        found: list[Unit] = []
        for each in self._live:
            if each.co_filename == code.co_filename and each.co_firstlineno <= code.co_firstlineno:
                unit = self.unit(each)
                if unit is not None and code.co_firstlineno <= (unit.node.end_lineno or 0):
                    found.append(unit)
        return max(found, key=lambda unit: unit.original.co_firstlineno, default=None)


def _is_array(value: object) -> bool:
    """Whether a value is an array that a candidate may write into."""
    return type(value) is np.ndarray and value.flags.writeable and value.nbytes <= LARGEST


def _imports(text: str) -> list[ast.stmt]:
    """Return the import statements of a module."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    return [
        each
        for each in body
        if isinstance(each, ast.Import | ast.ImportFrom) and getattr(each, "module", "") != "__future__"
    ]


def _functions(text: str) -> Iterator[tuple[tuple[str, int], Nodes]]:
    """Yield each function of a text with the nodes around it, by its name and its first line."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        yield from _below(ast.parse(text), ())


def _below(node: ast.AST, chain: Nodes) -> Iterator[tuple[tuple[str, int], Nodes]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
            yield (child.name, first), (*chain, child)
            yield from _below(child, (*chain, child))
        elif isinstance(child, ast.ClassDef):
            yield from _below(child, (*chain, child))
        elif isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from _below(child, chain)


def likeness(code: CodeType) -> tuple[Any, ...]:
    """Return what a code does, without where it is written: equal for two that run alike."""
    constants = tuple(
        likeness(each) if isinstance(each, CodeType) else (type(each).__name__, repr(each))
        for each in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars


def texts_of(functions: Callable[[], Iterator[FunctionType]], owns: Callable[[str], bool]) -> dict[str, str]:
    """Return the texts of a submission's files: as its loader ran them, and those of functions of this process."""
    found: dict[str, str] = {}
    for module in list(sys.modules.values()):
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        texts = getattr(loader, "texts", None)
        if type(loader).__name__ == "Statements" and isinstance(texts, dict):
            found |= texts
    for function in functions():
        name = function.__code__.co_filename
        if name not in found and owns(name):
            lines = linecache.getlines(name)
            if lines:
                found[name] = "".join(lines)
    return found
