"""Import the modules of a source, and return the names that each defines."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.subjects.loading.errors import LoadError, all_failed, explain, nothing_there
from gradcheck.subjects.loading.ownership import location
from gradcheck.subjects.loading.packages import Packages
from gradcheck.subjects.loading.source import Source
from gradcheck.subjects.loading.statements import FAILURES, Note, OwnFiles, Statements
from gradcheck.subjects.loading.stubs import is_stub


@dataclass(frozen=True)
class Namespace:
    """What one module defines.

    Attributes
    ----------
    name : str
        The dotted name of the module.
    path : str or None
        Its file, if it has one.
    members : dict
        Its names and their values, without the special ones and without stubs.
    """

    name: str
    path: str | None
    members: dict[str, object]


@dataclass(frozen=True)
class Loaded:
    """A target that was brought in.

    Attributes
    ----------
    target : str
        What was asked for.
    namespaces : tuple of Namespace
        One for each module.
    notes : tuple of str
        One sentence for each module, or statement of one, that was left out, and why.
    seed : callable
        Seeds the global random numbers where the code lives.
    support : callable
        Name of a support module -> the names it adds, for each namespace. None where the code lives in this process.
    lives : callable
        Generation of the worker: how often it was lost, and replaced.
    apart : callable or None
        For a fork of this process: gives it, for the length of a ``with`` block, a worker of its own. None where the
        code lives in this process.
    session : object or None
        The worker's session (`gradcheck.isolation.session`), where the code lives in a worker.
    left_alone : int
        How many functions and classes the target defines, where only its adapter's are judged.
    counted : callable or None
        Returns how many lines of the target's code a function of ours runs. None where the code lives in this process.
    """

    target: str
    namespaces: tuple[Namespace, ...]
    notes: tuple[str, ...]
    seed: Callable[[int], None] = lambda number: None
    support: Callable[[str], Sequence[Mapping[str, Any]]] | None = None
    lives: Callable[[], int] = lambda: 0
    apart: Callable[[], AbstractContextManager[None]] | None = None
    left_alone: int = 0
    counted: Callable[[Callable[[], object]], int] | None = None
    session: Any = None


def import_source(source: Source) -> Loaded:
    """Import what `source` names.

    A statement of a file that fails is a note, as long as the file defines something.

    Raises
    ------
    LoadError
        The module fails on import; of a folder, every module does.
    """
    if not source.files:
        return Loaded(source.target, (namespace_of(source.target, _dotted(source)),), ())
    notes = list(source.left_out)
    with _own_files(source, partial(_note, notes, str(source.packages.root))) as note:
        failed = set(_make_packages(source.packages, note))
        files = [path for path in source.files if path not in failed]
        modules = {path: module for path in files if (module := _file(source, path, note))}
    if not modules:
        raise all_failed(source.target, tuple(notes))
    namespaces = tuple(_namespace(source, path, module) for path, module in modules.items())
    return Loaded(source.target, namespaces, tuple(dict.fromkeys(notes)))


@contextmanager
def _own_files(source: Source, note: Note) -> Iterator[Note]:
    """Run what the files import of their own like the files themselves, until all are loaded."""
    finder = OwnFiles(source.packages.owns, note, source.texts)
    sys.meta_path.insert(0, finder)
    try:
        yield note
    finally:
        sys.meta_path[:] = [each for each in sys.meta_path if each is not finder]


def _note(notes: list[str], root: str, path: str, failures: list[BaseException]) -> None:
    """Note the first statement that failed, and how many others did."""
    rest = len(failures) - 1
    more = f"; {rest} more {'statement fails' if rest == 1 else 'statements fail'}" if rest else ""
    notes.append(explain(failures[0], path, root) + more)


def _namespace(source: Source, path: Path, module: ModuleType) -> Namespace:
    others = {str(other) for other in source.files if source.is_folder and other != path}
    return namespace_of(source.packages.name_of(path), module, frozenset(others))


def _dotted(source: Source) -> ModuleType:
    try:
        return importlib.import_module(source.module)
    except FAILURES as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name
        if missing and f"{source.module}.".startswith(f"{missing}."):
            raise nothing_there(source.target) from None
        root = source.packages.root
        raise LoadError(explain(error, str(root / source.target), str(root)), "import") from None


def _file(source: Source, path: Path, note: Note) -> ModuleType | None:
    """Import one file; in a folder a failure is noted."""
    try:
        return _import(source.packages.name_of(path), path, note, source.texts.get(path))
    except FAILURES as error:
        if not source.is_folder:
            raise LoadError(explain(error, str(path), str(source.packages.root)), "import") from None
        note(str(path), [error])
    return None


def _make_packages(packages: Packages, note: Note) -> Iterator[Path]:
    """Import the packages around the files; one whose own code fails is made without it, and noted."""
    for folder in packages.chain:
        init = folder / "__init__.py"
        name = packages.name_of(init)
        try:
            _import(name, init, note) if os.path.isfile(init) else _bare(name, folder)
        except FAILURES as error:
            note(str(init), [error])
            _bare(name, folder)
            yield init


def _import(name: str, path: Path, note: Note, text: str | None = None) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    loader = Statements(name, str(path), note, text)
    spec = ModuleSpec(name, loader, origin=str(path), is_package=path.name == "__init__.py")
    spec.has_location = True
    if spec.submodule_search_locations is not None:
        spec.submodule_search_locations.append(str(path.parent))
    module = _enter(name, module_from_spec(spec))
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return sys.modules.get(name, module)


def _bare(name: str, folder: Path) -> ModuleType:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    return _enter(name, module_from_spec(spec))


def _enter(name: str, module: ModuleType) -> ModuleType:
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], last, module)
    return module


def namespace_of(name: str, module: ModuleType, others: frozenset[str] = frozenset()) -> Namespace:
    """Return what the module `name` defines, without the functions and classes of the files `others`."""
    return Namespace(name, location(module), dict(_members(module, others)))


def _members(module: ModuleType, others: frozenset[str]) -> Iterator[tuple[str, object]]:
    for name, value in list(vars(module).items()):
        if not isinstance(name, str):
            continue
        special = name.startswith("__") and name.endswith("__")
        if not (special or is_stub(value) or (others and _home(value) in others)):
            yield name, value


def _home(value: object) -> str | None:
    """Return the file of the module a function or class was written in."""
    name = getattr(value, "__module__", None)
    return location(sys.modules.get(name)) if isinstance(name, str) else None
