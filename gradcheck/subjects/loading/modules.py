"""Import the modules of a source."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

from gradcheck.subjects.loading.errors import LoadError, all_failed, nothing_there
from gradcheck.subjects.loading.explain import explain
from gradcheck.subjects.loading.packages import Packages
from gradcheck.subjects.loading.result import Loaded, Namespace, namespace_of
from gradcheck.subjects.loading.statements import FAILURES, OwnFiles, Statements, Tell
from gradcheck.subjects.loading.target import Source


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
    notes: list[str] = []
    with _own_files(source.packages, partial(_tell, notes, str(source.packages.root))) as tell:
        failed = set(_make_packages(source.packages, tell))
        files = [path for path in source.files if path not in failed]
        modules = {path: module for path in files if (module := _file(source, path, tell))}
    if not modules:
        raise all_failed(source.target, tuple(notes))
    namespaces = tuple(_namespace(source, path, module) for path, module in modules.items())
    return Loaded(source.target, namespaces, tuple(dict.fromkeys(notes)))


@contextmanager
def _own_files(packages: Packages, tell: Tell) -> Iterator[Tell]:
    """Run what the files import of their own like the files themselves, until all are loaded."""
    finder = OwnFiles(packages.owns, tell)
    sys.meta_path.insert(0, finder)
    try:
        yield tell
    finally:
        sys.meta_path[:] = [each for each in sys.meta_path if each is not finder]


def _tell(notes: list[str], root: str, path: str, failures: list[BaseException]) -> None:
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


def _file(source: Source, path: Path, tell: Tell) -> ModuleType | None:
    """Import one file; in a folder a failure is told."""
    try:
        return _import(source.packages.name_of(path), path, tell, source.texts.get(path))
    except FAILURES as error:
        if not source.is_folder:
            raise LoadError(explain(error, str(path), str(source.packages.root)), "import") from None
        tell(str(path), [error])
    return None


def _make_packages(packages: Packages, tell: Tell) -> Iterator[Path]:
    """Import the packages around the files; one whose own code fails is made without it, and told."""
    for folder in packages.chain:
        init = folder / "__init__.py"
        name = packages.name_of(init)
        try:
            _import(name, init, tell) if init.is_file() else _bare(name, folder)
        except FAILURES as error:
            tell(str(init), [error])
            _bare(name, folder)
            yield init


def _import(name: str, path: Path, tell: Tell, text: str | None = None) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    loader = Statements(name, str(path), tell, text)
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
