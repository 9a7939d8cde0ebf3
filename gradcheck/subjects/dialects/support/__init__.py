"""What a dialect adds to a file's own names, in the file's own process: NumPy only, nothing of gradcheck."""

from importlib import import_module
from typing import Any


def names_in(module: str) -> dict[str, Any]:
    """Return the names of a module of this folder, and their values in this process."""
    found = import_module(f"{__name__}.{module}")
    return {name: getattr(found, name) for name in found.__all__}
