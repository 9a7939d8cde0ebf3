"""Find what a target names: a file, a folder of modules, or an importable module."""

import ast
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from gradcheck.subjects.loading.errors import no_python, not_supported, nothing_there
from gradcheck.subjects.loading.notebook import SUFFIX, module_text
from gradcheck.subjects.loading.ownership import suite_package
from gradcheck.subjects.loading.packages import Packages, packages_of

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_LEFT_OUT = frozenset({"setup", "conftest", "tests", "test", "__pycache__"})


@dataclass(frozen=True)
class Source:
    """Where a target's code lies.

    Attributes
    ----------
    target : str
        What was asked for.
    packages : Packages
        The packages its modules belong to, and the folders it may import from.
    files : tuple of Path
        The modules to import, in order; none where `target` is a dotted name.
    module : str
        The dotted name to import where there are no files: a package of this project has only its own.
    is_folder : bool
        Whether a module that fails is a note, not the end.
    texts : mapping
        What to run instead of a file's content: the code of a notebook.
    """

    target: str
    packages: Packages
    files: tuple[Path, ...] = ()
    module: str = ""
    is_folder: bool = False
    texts: Mapping[Path, str] = field(default_factory=dict)


def find(target: str, place: str | None = None, texts: Mapping[Path, str] | None = None) -> Source:
    """Return where the code of `target` lies.

    Parameters
    ----------
    target : str
        The path of a ``.py`` file, of a notebook or of a folder, or the dotted name of a module.
    place : str, optional
        The file or folder that stands for it, where that is another one: what a zip was unpacked to.
    texts : mapping, optional
        The code of notebooks by their path, where another process has taken it out already.

    Returns
    -------
    Source
        Its files, or none for a dotted name, which is left to the import system.

    Raises
    ------
    LoadError
        There is nothing of this name, nothing in it, or it is of another sort.
    """
    dotted = _DOTTED.fullmatch(target) is not None
    place = target if place is None else place
    path = Path(os.path.abspath(place))
    if os.path.isdir(place) and not (dotted and place == target and _says_something(path / "__init__.py")):
        return _folder(target, path, texts)
    if os.path.isfile(place):
        return _file(target, path, texts)
    if not dotted:
        raise not_supported(target) if os.path.exists(target) else nothing_there(target)
    return _module(target)


def _module(target: str) -> Source:
    """Look for the outermost package without importing it: the code in its folder is the subject's."""
    here = os.getcwd()
    top, dot, rest = target.partition(".")
    spec = PathFinder.find_spec(top, [here, *sys.path])
    folders = [] if spec is None else spec.submodule_search_locations or []
    places = [] if spec is None else [spec.origin, *folders]
    root = next((Path(place).parent for place in reversed(places) if place), Path(here))
    # In this project's own checkout `naive` would be a stranger that is compared with itself.
    return Source(target, Packages(root, (Path(here),)), module=(suite_package(folders) or top) + dot + rest)


def _file(target: str, path: Path, texts: Mapping[Path, str] | None) -> Source:
    if path.suffix.lower() not in (".py", SUFFIX):
        raise not_supported(target)
    return Source(target, packages_of(path.parent, (path,)), (path,), texts=_texts((path,), texts))


def _texts(files: Iterable[Path], known: Mapping[Path, str] | None) -> Mapping[Path, str]:
    if known is not None:
        return known
    return {path: module_text(path) for path in files if path.suffix.lower() == SUFFIX}


def _folder(target: str, folder: Path, texts: Mapping[Path, str] | None) -> Source:
    files = _modules(folder, ".py") or _modules(folder, SUFFIX)
    if not files:
        raise no_python(target)
    packages = packages_of(folder, files, at_least=1)
    files.sort(key=packages.name_of)
    return Source(target, packages, tuple(files), is_folder=True, texts=_texts(files, texts))


def _modules(folder: Path, suffix: str) -> list[Path]:
    """Return the modules of a folder; notebooks count only where there is nothing else, for they may use modules."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if _wanted(name) and not _is_environment(Path(place, name))]
        found += [
            Path(place, name)
            for name in files
            if name.endswith(suffix) and _wanted(name.removesuffix(suffix)) and Path(place, name).is_file()
        ]
    return found


def _wanted(name: str) -> bool:
    is_test = name.startswith("test_") or name.endswith("_test")
    return not (name.startswith(".") or name in _LEFT_OUT or is_test)


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists()


def _says_something(init: Path) -> bool:
    """Whether a package does more than exist, so that its bare name means the module."""
    try:
        body = ast.parse(init.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)
