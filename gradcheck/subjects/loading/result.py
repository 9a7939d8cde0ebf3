"""What loading gives: the names that each module defines."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gradcheck.subjects.loading.places import location
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
        How often the process in which the code lives was lost, and replaced.
    apart : callable or None
        What gives a fork of this process, for the length of a ``with`` block, a process of its own in which the code
        lives. None where the code lives in this one.
    """

    target: str
    namespaces: tuple[Namespace, ...]
    notes: tuple[str, ...]
    seed: Callable[[int], None] = lambda number: None
    support: Callable[[str], Sequence[Mapping[str, Any]]] | None = None
    lives: Callable[[], int] = lambda: 0
    apart: Callable[[], AbstractContextManager[None]] | None = None


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
