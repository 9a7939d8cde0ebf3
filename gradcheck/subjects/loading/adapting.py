"""An adapter: a short file of the caller's own that gives someone's code the names of an interface.

It runs after the target, where the target runs, and imports what it wraps. What it defines is judged, nothing else.
"""

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import FunctionType, ModuleType

from gradcheck.calling.raising import ADAPTERS, is_adapters
from gradcheck.subjects.loading.errors import LoadError, explain
from gradcheck.subjects.loading.modules import Loaded, namespace_of
from gradcheck.subjects.loading.ownership import is_taken
from gradcheck.subjects.loading.source import Source
from gradcheck.subjects.loading.statements import FAILURES

ALIAS = "submission"
"""The name by which an adapter may import any file, folder or zip: one adapter serves a whole class."""

NO_ADAPTER = "the adapter cannot be loaded"
"""Said of an adapter that raises before anything is judged."""

_NAME = "gradcheck_adapter"
_LARGEST = 2**20
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Adapter:
    """The text of an adapter, and the path that messages call it by."""

    shown: str
    text: str

    @property
    def filename(self) -> str:
        """What tracebacks call it: no file of the target's has such a path."""
        return os.path.join(ADAPTERS, os.path.basename(self.shown))

    @property
    def leaves_out(self) -> bool:
        """Whether it has a ``raise NotImplementedError``: without one, no case is left out, whatever a worker says."""
        raised = (
            each.exc for each in ast.walk(ast.parse(self.text)) if isinstance(each, ast.Raise) and each.exc
        )
        return any("NotImplementedError" in ast.unparse(each) for each in raised)


def read(path: str) -> Adapter:
    """Return the adapter in a file, without running it.

    Raises
    ------
    LoadError
        There is no such ``.py`` file, or it is not valid Python.
    """
    if not path.lower().endswith(".py") or not os.path.isfile(path):
        raise LoadError(f'there is no adapter "{path}": it is a .py file', "not found")
    try:
        adapter = Adapter(path, Path(path).read_bytes()[:_LARGEST].decode("utf-8-sig"))
        ast.parse(adapter.text, adapter.filename)
    except FAILURES as problem:
        raise _failed(problem, os.path.join(ADAPTERS, os.path.basename(path))) from None
    return adapter


def adapted(loaded: Loaded, source: Source, adapter: Adapter) -> Loaded:
    """Run an adapter after its target was loaded, and return what the adapter defines in the target's place.

    Raises
    ------
    LoadError
        The adapter fails on import; the message names its line.
    """
    _name_target(source)
    module = run(adapter)
    space = namespace_of(_NAME, module)
    wanted = _defined(adapter, module)
    members = {name: value for name, value in space.members.items() if name in wanted}
    return replace(
        loaded, namespaces=(replace(space, path=None, members=members),), left_alone=_count(loaded)
    )


def run(adapter: Adapter) -> ModuleType:
    """Run an adapter, and return its module. Raises LoadError, which names the line that raises."""
    module = _module(adapter)
    try:
        exec(compile(adapter.text, adapter.filename, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except FAILURES as problem:
        raise _failed(problem, adapter.filename) from None
    return module


def _failed(problem: BaseException, filename: str) -> LoadError:
    return LoadError(f"{NO_ADAPTER}: {explain(problem, filename, ADAPTERS)}", "import")


def _module(adapter: Adapter) -> ModuleType:
    spec = ModuleSpec(_NAME, None, origin=adapter.filename)
    spec.has_location = True
    module = module_from_spec(spec)
    sys.modules[_NAME] = module  # a dataclass looks its own module up
    return module


def _name_target(source: Source) -> None:
    """Let a file be imported by its stem, and all targets but modules by `ALIAS`, whatever else has that name."""
    if not source.files:
        return
    name = source.packages.name_of(source.packages.chain[-1] if source.is_folder else source.files[0])
    stem = name.rpartition(".")[2]
    if stem not in sys.modules and not is_taken(stem):
        _alias(name, stem)
    if stem != ALIAS:
        _alias(name, ALIAS)


def _alias(name: str, alias: str) -> None:
    """Give a package and what is in it another name; by its own name alone a part of it would be loaded twice."""
    for each, module in list(sys.modules.items()):
        if f"{each}.".startswith(f"{name}."):
            sys.modules[alias + each.removeprefix(name)] = module


def _defined(adapter: Adapter, module: ModuleType) -> frozenset[str]:
    """Return the names that the adapter defines: its ``__all__``; or what it binds, but for what it only imports."""
    names = vars(module).get("__all__")
    if isinstance(names, Sequence):
        return frozenset(str(name) for name in names)
    return frozenset(_bound(ast.parse(adapter.text, adapter.filename)))


def _bound(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, ast.alias) and child.asname not in (None, child.name):
            yield str(child.asname)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        if not isinstance(child, _INNER):
            yield from _bound(child)


def _count(loaded: Loaded) -> int:
    """Return how many functions and classes the target defines."""
    return sum(
        issubclass(type(value), FunctionType | type) and getattr(value, "__module__", None) == space.name
        for space in loaded.namespaces
        for value in space.members.values()
    )


__all__ = ["ALIAS", "NO_ADAPTER", "Adapter", "adapted", "is_adapters", "read"]
