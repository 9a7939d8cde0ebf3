"""Nested results: tuples, lists, mappings and dataclasses, down to the arrays in them."""

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy as np

Steps = list[tuple[str, Any]]


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of every leaf, in order: ``[0]['mean']``, ``.scale``; that of the root is empty."""
    inner = children(tree)
    if inner is None:
        yield path, tree
        return
    for step, value in inner:
        yield from leaves(value, path + step)


def values_of(tree: Any) -> list[Any]:
    """Return the values of all leaves, in order."""
    return [value for _, value in leaves(tree)]


def children(tree: Any) -> Steps | None:
    """Return the children of a node, each with its step in a path; None for a leaf."""
    if type(tree) is np.ndarray:  # what most are: the questions below take some microseconds
        return None
    if type(tree) is tuple:
        return [(f"[{place}]", value) for place, value in enumerate(tree)]
    if isinstance(tree, Mapping):
        return [(f"[{key!r}]", value) for key, value in tree.items()]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(f".{field}", value) for field, value in zip(tree._fields, tree, strict=True)]
    if isinstance(tree, tuple | list) and not _is_array(tree):
        return [(f"[{place}]", value) for place, value in enumerate(tree)]
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(f".{field.name}", getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def _is_array(tree: Any) -> bool:
    """Return whether a list is one of numbers, or of such lists: an array, as it is written in Python."""
    is_list = isinstance(tree, list) and bool(tree)
    return is_list and all(isinstance(value, int | float | complex) or _is_array(value) for value in tree)


def rebuilt(tree: Any, replace: Callable[[Any], Any]) -> Any:
    """Return a tree of the same types, in which `replace` has been called on every leaf, in order."""
    inner = children(tree)
    if inner is None:
        return replace(tree)
    return with_children(tree, [rebuilt(value, replace) for _, value in inner])


def with_children(tree: Any, values: list[Any]) -> Any:
    """Return a node of the same type with other children."""
    if isinstance(tree, Mapping):
        pairs, kind = dict(zip(tree, values, strict=True)), cast(Any, type(tree))
        return kind(pairs) if kind is not dict and _takes_pairs(kind) else pairs
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*values)
    if isinstance(tree, tuple | list):
        return type(tree)(values)
    other = copy.copy(tree)
    for field, value in zip(dataclasses.fields(tree), values, strict=True):
        # A frozen dataclass refuses setattr, and __init__ may refuse a cotangent that is None.
        object.__setattr__(other, field.name, value)
    return other


def _takes_pairs(kind: Any) -> bool:
    try:
        return dict(kind({})) == {}
    except Exception:  # noqa: BLE001 - a mapping of the caller's may have any constructor
        return False
