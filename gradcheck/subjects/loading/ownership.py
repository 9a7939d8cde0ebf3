"""Whose code lies where: the subject's, an installed library's, or this project's own."""

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

SUITE = "gradcheck"
"""The one top-level name of this project: `naive` and `fast` are installed below it."""


def _suite_folders() -> Iterator[tuple[str, str]]:
    """Yield the packages of this project with their folders: `naive` and `fast` lie elsewhere in a checkout."""
    for name in (SUITE, f"{SUITE}.naive", f"{SUITE}.fast"):
        spec = importlib.util.find_spec(name)  # of the two, none in a worker
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield name, os.path.abspath(folder)


SUITE_FOLDERS = dict(_suite_folders())
_LIBRARIES = tuple({sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")})


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; nothing is looked up on disk."""
    return _as_folder(path).startswith(_as_folder(folder))


def _as_folder(path: str) -> str:
    """Return a path in a form that compares: on Windows, case and the kind of slash make no difference."""
    return os.path.join(os.path.normcase(os.path.abspath(path)), "")


def is_installed(path: str) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    parts = Path(path).parts
    inside = "site-packages" in parts or "dist-packages" in parts
    return inside or any(is_below(path, folder) for folder in _LIBRARIES)


def is_suite(path: str) -> bool:
    """Whether a file is one of this project's own packages."""
    return any(is_below(path, folder) for folder in SUITE_FOLDERS.values())


def suite_package(folders: Iterable[str]) -> str | None:
    """Return the name of the package of this project that lies in one of the folders, whatever it is called there."""
    for folder in folders:
        for name, own in SUITE_FOLDERS.items():
            if os.path.isdir(folder) and os.path.samefile(folder, own):
                return name
    return None


def suite_place(module: str) -> Path | None:
    """Return where a module of this project would lie, without a suffix; None for a module of others."""
    for name, folder in reversed(SUITE_FOLDERS.items()):
        if f"{module}.".startswith(f"{name}."):
            return Path(folder, *module.removeprefix(name).split(".")[1:])
    return None


def location(module: object) -> str | None:
    """Return the file of a module, the folder of a package without one, or None."""
    path = getattr(module, "__file__", None)
    if path is None:
        path = next(iter(getattr(module, "__path__", ())), None)
    return path if isinstance(path, str) else None


def is_taken(name: str) -> bool:
    """Whether a top-level module name belongs to Python, an installed package or this project."""
    if name in sys.stdlib_module_names or name == SUITE:
        return True
    place = _found(name)
    return place is not None and is_installed(place)


def _found(name: str) -> str | None:
    if name in sys.modules:
        return location(sys.modules[name])
    spec = importlib.util.find_spec(name)
    return None if spec is None else spec.origin
