"""Other names of a class's methods."""

from collections.abc import Sequence
from typing import Any


def aliases_of(owner: Any, names: Sequence[str], things: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of a file that are ``apply`` of a class of functions: ``conv2d = Conv2d.apply``."""
    pairs = zip(names, things, strict=True)
    return tuple(
        name for name, thing in pairs if callable(thing) and getattr(thing, "__self__", None) is owner
    )
