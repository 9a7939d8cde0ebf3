"""What the suite's own code has computed, kept for the next submission with the same seed, up to a limit in bytes.

Nothing is kept until a process that judges many submissions asks for it. What a submission computes is never kept. A
key holds everything that a value depends on, numbers by their bytes: with and without this, results are the same.
"""

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from gradcheck.contract import Array

Value = TypeVar("Value")

DEEPEST = 4
"""How far into a value its arrays are looked for."""

ENTRY = 400
"""Bytes that an entry takes besides its value."""

DIGEST = 16


class Kept:
    """Values by their keys. What was not used for the longest time is given up first.

    Parameters
    ----------
    most : int
        Bytes that the values may take together, as far as they can be measured.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key, made now or earlier. An exception is not kept."""
        found = self._values.get(key)
        if found is not None:
            self._values.move_to_end(key)
            value: Value = found[0]
            return value
        value = make()
        self._add(key, value)
        return value

    def _add(self, key: Hashable, value: Any) -> None:
        size = ENTRY + size_of(value)
        if size > self.most // 8:  # it would drive out what is used more often
            return
        for each in arrays_inside(value):
            each.flags.writeable = False  # nobody may change what others are given, too
        self._values[key] = value, size
        self.size += size
        while self.size > self.most:
            _, (_, gone) = self._values.popitem(last=False)
            self.size -= gone


_kept: Kept | None = None


def keep(most: int) -> None:
    """Keep values in this process from now on, up to some bytes; 0 ends it, and forgets them."""
    global _kept
    if _kept is None or _kept.most != most:
        _kept = Kept(most) if most else None


def is_keeping() -> bool:
    """Return whether values are kept: otherwise a key need not be made."""
    return _kept is not None


def once(key: Callable[[], Hashable | None], make: Callable[[], Value]) -> Value:
    """Return a value that was made earlier, or make it; always the latter where nothing is kept, or the key is None."""
    if _kept is None:
        return make()
    found = key()
    return make() if found is None else _kept.get(found, make)


def digest(*values: Array) -> bytes:
    """Return a hash of the numbers, the shapes and the dtypes of arrays."""
    found = hashlib.blake2b(digest_size=DIGEST)
    for each in values:
        found.update(f"{each.dtype.str}{each.shape}".encode())
        found.update(np.ascontiguousarray(each).data if each.size else b"")
    return found.digest()


def of_params(params: Mapping[str, Any]) -> Hashable | None:
    """Return parameters as a part of a key; None where one of them cannot be."""
    found = tuple(sorted(params.items()))
    try:
        hash(found)
    except TypeError:
        return None
    return repr(found)  # 1, 1.0 and True are equal, and not the same


def arrays_inside(value: Any, depth: int = DEEPEST) -> Iterator[Array]:
    """Yield the arrays in a value, also in the fields of an object."""
    if isinstance(value, np.ndarray):
        yield value
    elif depth:
        for each in _within(value):
            yield from arrays_inside(each, depth - 1)


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield from vars(value).values()


def size_of(value: Any, depth: int = DEEPEST) -> int:
    """Return roughly how many bytes a value takes."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes) + sys.getsizeof(value) - (value.nbytes if value.base is None else 0)
    inside = sum(size_of(each, depth - 1) for each in _within(value)) if depth else 0
    return sys.getsizeof(value) + inside
