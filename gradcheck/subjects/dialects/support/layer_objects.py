"""For layers that are objects: what they hold, and the random numbers that they draw."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["arrays_held_by", "seed_global_numbers"]

DEPTH = 6


def arrays_held_by(
    thing: Any, leaving_out: tuple[str, ...] = (), depth: int = DEPTH
) -> tuple[NDArray[Any], ...]:
    """Return the arrays in an object's attributes, and in what these hold, but for the attributes left out."""
    if isinstance(thing, np.ndarray):
        return (thing,)
    inside = _inside(thing, leaving_out) if depth else []
    return tuple(array for value in inside for array in arrays_held_by(value, (), depth - 1))


def _inside(thing: Any, leaving_out: tuple[str, ...]) -> list[Any]:
    if isinstance(thing, list | tuple):
        return list(thing)
    if isinstance(thing, dict):
        return list(thing.values())
    if callable(thing):
        return []
    return [value for name, value in getattr(thing, "__dict__", {}).items() if name not in leaving_out]


def seed_global_numbers(seed: int) -> None:
    """Make NumPy's global random numbers repeat."""
    np.random.seed(seed)
