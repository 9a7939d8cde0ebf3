"""Arrays inside the worker: those that the judge shares, and those that go back to it."""

import mmap
import os
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck.isolation.wire import DTYPES, INLINE, Outgoing

Array = NDArray[Any]
MOST_WATCHED = 64


class Memory:
    """Shared memory and results.

    Parameters
    ----------
    grant : callable
        Number of bytes -> an open file of that size, for a large result, and what the judge calls it by.
    most : int
        The most bytes that a result may hold.
    """

    def __init__(self, grant: Callable[[int], tuple[int, int]], most: int) -> None:
        self._grant = grant
        self._most = most
        self._chunks: dict[int, tuple[int, Array]] = {}
        self._watched: dict[int, tuple[weakref.ref[Array], bytes]] = {}
        self._count = 0

    def map(self, number: int, size: int, file: int) -> None:
        """Bring a piece of the judge's memory in."""
        chunk = np.frombuffer(mmap.mmap(file, size), dtype=np.uint8)
        self._chunks[number] = _address(chunk), chunk
        os.close(file)

    def unmap(self, number: int) -> None:
        """Forget a piece; it stays as long as an array lies in it."""
        self._chunks.pop(number, None)

    def shared(self, node: list[Any]) -> Array:
        """Return the array at a place in shared memory: ``[tag, dtype, shape, chunk, offset, strides, writable]``."""
        _, dtype, shape, chunk, offset, strides, writable = node
        array: Array = np.ndarray(shape, dtype, buffer=self._chunks[chunk][1], offset=offset, strides=strides)
        array.flags.writeable = writable
        return array

    def packed(self, value: Array, out: Outgoing, tag: str = "array") -> list[Any] | None:
        """Return how an array goes back, None where it must not: objects, text, too large."""
        plain = value if type(value) is np.ndarray else np.ndarray.view(value, np.ndarray)
        size = plain.size * plain.dtype.itemsize
        if plain.dtype.str not in DTYPES or size > self._most:
            return None
        found = self._place(plain)
        if found is not None:
            return found
        shape = list(plain.shape)
        if size > INLINE:
            return ["file", plain.dtype.str, shape, self._written(plain)]
        node = [tag, plain.dtype.str, shape, out.add(plain)]
        return node if tag != "array" else [*node, self._watch(plain)]

    def changed(self, out: Outgoing) -> list[list[Any]]:
        """Return the results that have changed since they went back, with their new numbers."""
        found = []
        for number, (reference, before) in list(self._watched.items()):
            array = reference()
            now = b"" if array is None else array.tobytes()
            if array is None or len(now) != len(before):
                del self._watched[number]
            elif now != before:
                self._watched[number] = reference, now
                found.append([number, out.add(array)])
        return found

    def _watch(self, array: Array) -> int:
        """Remember a result, and return its number: the subject may keep it, and write into it later."""
        owner = array if array.base is None else array.base
        self._count += 1
        if isinstance(owner, np.ndarray) and owner.nbytes == array.nbytes and _in_order(owner, array):
            self._watched[self._count] = weakref.ref(owner), array.tobytes()
        if len(self._watched) > MOST_WATCHED:
            del self._watched[next(iter(self._watched))]
        return self._count

    def _place(self, array: Array) -> list[Any] | None:
        """Return where in shared memory an array lies, None where it does not."""
        address = _address(array)
        for number, (start, chunk) in self._chunks.items():
            if 0 <= address - start < chunk.size:
                place = [number, address - start, list(array.strides)]
                return ["view", array.dtype.str, list(array.shape), *place]
        return None

    def _written(self, array: Array) -> int:
        """Write a large result into memory that the judge gives, and return the number of that."""
        size = array.size * array.dtype.itemsize
        file, number = self._grant(size)
        with mmap.mmap(file, size) as memory:
            there: Array = np.ndarray(array.shape, array.dtype, buffer=memory)
            there[...] = array
            del there
        os.close(file)
        return number


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _in_order(*arrays: Array) -> bool:
    return all(array.flags.c_contiguous for array in arrays)
