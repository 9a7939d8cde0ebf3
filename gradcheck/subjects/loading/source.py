"""Find what a target names: a file, a folder of modules, or an importable module."""

import ast
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from gradcheck.subjects.loading.errors import (
    linked,
    no_python,
    not_supported,
    nothing_there,
    outside,
    too_many,
)
from gradcheck.subjects.loading.notebook import SUFFIX, module_text
from gradcheck.subjects.loading.ownership import is_below, suite_package
from gradcheck.subjects.loading.packages import LARGEST, Packages, packages_of
from gradcheck.subjects.loading.reading import beginning

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
MOST_FILES = 5000
"""The most modules that a folder may have: a zip has no more entries either."""

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
    own : Path
        The folder that a worker may read: the one that the target names, or lies in.
    left_out : tuple of str
        Why files of a folder are left out.
    """

    target: str
    packages: Packages
    files: tuple[Path, ...] = ()
    module: str = ""
    is_folder: bool = False
    texts: Mapping[Path, str] = field(default_factory=dict)
    own: Path = Path()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """How far the code of a target that is kept apart may reach: not out of one folder, by no link.

    `root` is the folder that the caller names, if it is another one than the target's own.
    """

    root: Path | None = None

    def around(self, folder: Path, target: str) -> Path:
        """Return the outermost folder of a target in `folder`. Raises LoadError."""
        if self.root is None:
            return folder
        root = Path(os.path.abspath(self.root))
        if not (is_below(str(folder), str(root)) and root.is_dir()):
            raise outside(target, str(self.root))
        return root


def find(
    target: str,
    place: str | None = None,
    texts: Mapping[Path, str] | None = None,
    bounds: Bounds | None = None,
) -> Source:
    """Return where the code of `target` lies.

    Parameters
    ----------
    target : str
        The path of a ``.py`` file, of a notebook or of a folder, or the dotted name of a module.
    place : str, optional
        The file or folder that stands for it, where that is another one: what a zip was unpacked to.
    texts : mapping, optional
        The code of notebooks by their path, where another process has taken it out already.
    bounds : Bounds, optional
        How far the code may reach: as far as it likes where it is not kept apart.

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
        return _folder(target, path, texts, bounds)
    if os.path.isfile(place):
        return _file(target, path, texts, bounds)
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
    module = (suite_package(folders) or top) + dot + rest
    own = next((Path(place) for place in folders), root)
    # Of a module from elsewhere nothing is looked for in the current folder, which may be anybody's.
    search = (Path(here),) if root == Path(here) else ()
    return Source(target, Packages(root, search), module=module, own=own)


def _file(target: str, path: Path, texts: Mapping[Path, str] | None, bounds: Bounds | None) -> Source:
    if path.suffix.lower() not in (".py", SUFFIX):
        raise not_supported(target)
    own = path.parent if bounds is None else bounds.around(path.parent, target)
    if bounds is not None and _leads_out(path, own):
        raise linked(target)
    packages = packages_of(path.parent, (path,), outermost=None if bounds is None else own)
    return Source(target, packages, (path,), texts=_texts((path,), texts), own=own)


def _texts(files: Iterable[Path], known: Mapping[Path, str] | None) -> Mapping[Path, str]:
    if known is not None:
        return known
    return {path: module_text(path) for path in files if path.suffix.lower() == SUFFIX}


def _folder(target: str, folder: Path, texts: Mapping[Path, str] | None, bounds: Bounds | None) -> Source:
    own = folder if bounds is None else bounds.around(folder, target)
    if bounds is not None and (os.path.islink(folder) or _leads_out(folder, own)):
        raise linked(target)
    there = modules_in(folder, ".py") or modules_in(folder, SUFFIX)
    files = [path for path in there if bounds is None or not _leads_out(path, own)]
    if not files:
        raise linked(str(there[0])) if there else no_python(target)
    packages = packages_of(folder, files, at_least=1, outermost=None if bounds is None else own)
    files.sort(key=packages.name_of)
    left_out = tuple(str(linked(packages.shown(path))) for path in sorted(set(there) - set(files)))
    texts = _texts(files, texts)
    return Source(target, packages, tuple(files), is_folder=True, texts=texts, own=own, left_out=left_out)


def _leads_out(path: Path, folder: Path) -> bool:
    """Whether a path is a link, or lies behind one, that leads out of a folder."""
    return not is_below(os.path.realpath(path), os.path.realpath(folder))


def modules_in(folder: Path, suffix: str) -> list[Path]:
    """Return the modules of a folder; notebooks count only where there is nothing else, for they may use modules."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if is_wanted(name) and not _is_environment(Path(place, name))]
        found += [
            Path(place, name)
            for name in files
            if name.endswith(suffix)
            and is_wanted(name.removesuffix(suffix))
            and os.path.isfile(os.path.join(place, name))
        ]
        if len(found) > MOST_FILES:
            raise too_many(str(folder), MOST_FILES)
    return found


def is_wanted(name: str) -> bool:
    """Whether a file or a folder of this name may be somebody's layers: it is not hidden, and no test."""
    is_test = name.startswith("test_") or name.endswith("_test")
    return not (name.startswith(".") or name in _LEFT_OUT or is_test)


def _is_environment(folder: Path) -> bool:
    # os.path, as a Path raises where a path is too long: one such folder would end the run for a whole class.
    return os.path.exists(folder / "pyvenv.cfg")


def _says_something(init: Path) -> bool:
    """Whether a package does more than exist, so that its bare name means the module."""
    try:
        body = ast.parse(beginning(init, LARGEST)).body
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)
