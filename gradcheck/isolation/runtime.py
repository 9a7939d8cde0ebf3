"""The folder that a worker runs from: our few modules for it, and NumPy. Nothing else is to be found there."""

import atexit
import marshal
import sys
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

import numpy as np

from gradcheck.subjects.loading import temporary

PACKAGE = Path(__file__).parents[1]
# What is listed here is all of gradcheck that a hostile file can import: nothing with an answer in it.
CALLING = (
    "advice",
    "arrays",
    "description",
    "division",
    "old_names",
    "origin",
    "placeholders",
    "raising",
    "steps",
    "values",
)
MODULES = ("text.py", "isolation/wire.py", *(f"calling/{name}.py" for name in CALLING))
FOLDERS = ("subjects/loading", "isolation/inside", "subjects/dialects/support")
EMPTY = (
    "subjects/__init__.py",
    "__init__.py",
    "calling/__init__.py",
    "isolation/__init__.py",
    "subjects/dialects/__init__.py",
)
MAIN = "gradcheck/isolation/inside/main.py"
IMAGE = "gradcheck/isolation/inside/image.py"
UNCHECKED = (1).to_bytes(4, "little")
"""The flags of bytecode that Python takes without a look at its source."""

INSIDE = "site-packages"
"""What the folder is called: Python, and the loading code, take what lies in it for installed."""


@lru_cache(maxsize=1)
def runtime() -> Path:
    """Return the folder, made at the first call and removed at the end of this process."""
    made = temporary.made("runtime")
    atexit.register(made.remove)
    top = made.path
    folder = top / INSIDE
    for name in _modules():
        _copy(PACKAGE / name, folder / "gradcheck" / name)
    for name in EMPTY:
        target = folder / "gradcheck" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("")
    for library in libraries():
        (folder / library.name).symlink_to(library)
    top.chmod(0o755)
    return folder


def _modules() -> list[str]:
    found = [path for name in FOLDERS for path in (PACKAGE / name).glob("*.py")]
    return [*MODULES, *(str(path.relative_to(PACKAGE)) for path in found)]


def _copy(source: Path, target: Path) -> None:
    """Copy a module, compiled: as Python keeps it for this process already, or else compiled now."""
    loader = SourceFileLoader(target.stem, str(source))
    text, code = source.read_bytes(), loader.get_code(target.stem)
    # Not `cache_from_source`, which follows PYTHONPYCACHEPREFIX: a worker ignores the environment.
    compiled = target.parent / "__pycache__" / f"{target.stem}.{sys.implementation.cache_tag}.pyc"
    compiled.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text)
    compiled.write_bytes(MAGIC_NUMBER + UNCHECKED + source_hash(text) + marshal.dumps(code))


def libraries() -> list[Path]:
    """Return NumPy's own folders."""
    numpy = Path(np.__file__).resolve().parent
    shared = numpy.with_name("numpy.libs")
    return [numpy, *([shared] if shared.is_dir() else [])]


def python() -> str:
    """Return the interpreter itself, not a virtual environment's link to it."""
    return str(Path(getattr(sys, "_base_executable", "") or sys.executable).resolve())
