"""From arrays to tensors of a file's own, and back."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
HOLDERS = ("data", "cached_data", "_tensor", "_data", "values", "value", "array", "arr", "storage")
"""Attributes in which tensors hold their numbers; others are looked at after these."""


def made_of(tensor: Any, array: Array) -> Any:
    """Return a tensor of the file's own for an array, a copy."""
    values = np.array(array, order="C")
    try:
        takes = "requires_grad" in inspect.signature(tensor).parameters
    except (TypeError, ValueError):
        takes = False
    return tensor(values, requires_grad=True) if takes else tensor(values)


def holder_of(thing: Any) -> str | None:
    """Return the attribute in which a tensor holds its numbers, if it is one."""
    own = getattr(thing, "__dict__", {})
    named = [name for name in (*HOLDERS, *own) if name in own and "grad" not in name]
    kinds = (np.ndarray, np.generic)  # a loss may be one number of NumPy's
    return next((name for kind in kinds for name in named if isinstance(own[name], kind)), None)


def numbers_of(thing: Any) -> Any:
    """Return the numbers of a tensor as an array; what is no tensor stays as it is."""
    if isinstance(thing, np.ndarray | np.generic | int | float | None):
        return thing
    place = holder_of(thing)
    if place is not None:
        return getattr(thing, place)
    for name in ("numpy", "realize_cached_data", "to_numpy"):
        method = getattr(thing, name, None)
        if callable(method):
            return numbers_of(method())
    found = getattr(thing, "data", thing)
    return found if isinstance(found, np.ndarray | np.generic | float) else thing


def as_arrays(returned: Any) -> Any:
    """Return the tensors that a function returned as arrays."""
    if isinstance(returned, tuple | list):
        return tuple(numbers_of(each) for each in returned)
    return numbers_of(returned)


def write_back(given: Sequence[Any], arrays: Sequence[Any]) -> None:
    """Write what a call changed in its tensors into the arrays that they stand for."""
    for tensor, array in zip(given, arrays, strict=True):
        now = numbers_of(tensor)
        if not isinstance(array, np.ndarray) or not isinstance(now, np.ndarray) or now.shape != array.shape:
            continue
        is_same = np.array_equal(now.astype(array.dtype), array, equal_nan=array.dtype.kind == "f")
        if not is_same and now.dtype == array.dtype and array.flags.writeable:
            array[...] = now
