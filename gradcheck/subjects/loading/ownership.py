"""Whose code lies where: the subject's, an installed library's, or this project's own."""

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

_HERE = Path(__file__).resolve().parents[3]
SUITE = ("gradcheck", "naive", "fast")
_SUITE_FOLDERS = tuple(str(_HERE / name) for name in SUITE)
_LIBRARIES = tuple({sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")})


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; nothing is looked up on disk."""
    return os.path.join(os.path.abspath(path), "").startswith(os.path.join(os.path.abspath(folder), ""))


def is_installed(path: str) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    parts = Path(path).parts
    inside = "site-packages" in parts or "dist-packages" in parts
    return inside or any(is_below(path, folder) for folder in _LIBRARIES)


def is_suite(path: str) -> bool:
    """Whether a file is one of this project's own packages."""
    return any(is_below(path, folder) for folder in _SUITE_FOLDERS)


def location(module: object) -> str | None:
    """Return the file of a module, the folder of a package without one, or None."""
    path = getattr(module, "__file__", None)
    if path is None:
        path = next(iter(getattr(module, "__path__", ())), None)
    return path if isinstance(path, str) else None


def is_taken(name: str) -> bool:
    """Whether a top-level module name belongs to Python, an installed package or this project."""
    if name in sys.stdlib_module_names or name in SUITE:
        return True
    place = _found(name)
    return place is not None and is_installed(place)


def _found(name: str) -> str | None:
    if name in sys.modules:
        return location(sys.modules[name])
    spec = importlib.util.find_spec(name)
    return None if spec is None else spec.origin
