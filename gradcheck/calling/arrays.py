"""The arrays in what a subject keeps. A worker needs this too: NumPy and the standard library only."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEPTH = 6


def arrays_in(value: Any, depth: int = DEPTH) -> Iterator[NDArray[Any]]:
    """Yield the arrays in a cache: in tuples, lists, dicts and objects, to a bounded depth."""
    if isinstance(value, np.ndarray):
        yield value
    elif depth and isinstance(value, tuple | list):
        for item in value:
            yield from arrays_in(item, depth - 1)
    elif depth and isinstance(value, Mapping):
        yield from arrays_in(list(value.values()), depth - 1)
    elif hasattr(type(value), "arrays_inside_"):
        yield from value.arrays_inside_()
    elif depth and hasattr(value, "__dict__") and not callable(value):
        yield from arrays_in(list(vars(value).values()), depth - 1)


def overwrite_in(value: Any, replaced: Mapping[int, NDArray[Any]]) -> bool:
    """Write into the arrays of a cache, by their position among `arrays_in`; return whether all could be written."""
    if hasattr(type(value), "overwrite_inside_"):
        return bool(value.overwrite_inside_(dict(replaced)))
    found = list(arrays_in(value))
    for index, values in replaced.items():
        if not (index < len(found) and found[index].shape == values.shape and found[index].flags.writeable):
            return False
        found[index][...] = values
    return True
