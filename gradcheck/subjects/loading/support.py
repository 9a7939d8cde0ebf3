"""What a dialect adds to the names of the code that it reads."""

from importlib import import_module
from typing import Any


def names_in(module: str) -> dict[str, Any]:
    """Return the names of a module in `gradcheck.subjects.dialects.support`, and their values in this process."""
    found = import_module(f"gradcheck.subjects.dialects.support.{module}")
    return {name: getattr(found, name) for name in found.__all__}
