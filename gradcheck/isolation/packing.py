"""Values on their way to a worker and back, on the judge's side: nothing that arrives is believed."""

import fcntl
import math
import mmap
import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np

from gradcheck.calling.raising import Trouble, cause_called
from gradcheck.contract import Array
from gradcheck.isolation import wire
from gradcheck.isolation.arena import Arena, Lent, open_memory
from gradcheck.isolation.foreign import Failed, Foreign, Link, foreign
from gradcheck.isolation.wire import Garbled, Outgoing
from gradcheck.text import one_line

PLAIN = frozenset(wire.SCALARS)
MOST_TEXT = 2000
MOST_SORT = 200
MOST_GRANTS = 64
MOST_ENTRIES = 4096
MOST_CHANGES = 256
SLACK = 2**12
"""Bytes of a frame besides an array's that may be kept with it."""

ALWAYS_DUE = 2**25
TIMES_DUE = 64
"""An answer may have `ALWAYS_DUE` bytes, and so many times the bytes that were passed in: a cache may hold patches."""

TROUBLES = ("missing", "refused", "crashed", "uncalled", "unadapted", "left out")


@dataclass
class Packer:
    """What one worker process and the judge have in common.

    Attributes
    ----------
    link : Link
        Handed to every object that stands for one in the worker.
    life : int
        Which process of the submission it is.
    most : int
        The most bytes that a result may hold, whatever was passed in.
    arena : Arena
        The arrays that are passed in.
    largest : int
        The most bytes that were passed in at once.
    room : int
        The bytes that the arrays of the next answer may still have. What is due has few times the bytes of what was
        passed in. The judge makes several copies of a result, so it must not get one that nobody has asked for.
    """

    link: Link
    life: int
    most: int
    arena: Arena = field(default_factory=Arena)
    granted: list[tuple[int, int]] = field(default_factory=list)
    largest: int = 0
    room: int = ALWAYS_DUE
    _given: int = 0
    _results: dict[int, "weakref.ref[Array]"] = field(default_factory=dict)

    # To the worker.

    def request(self, arguments: Sequence[Any], out: Outgoing, dicts: list[dict[Any, Any]]) -> list[Any]:
        """Return the arguments of a request as they travel, and make room for the answer."""
        self._given = 0
        nodes = [self.packed(each, out, dicts) for each in arguments]
        self.largest = max(self.largest, self._given)
        self.room = min(self.most, ALWAYS_DUE + TIMES_DUE * self.largest)
        return nodes

    def packed(self, value: Any, out: Outgoing, dicts: list[dict[Any, Any]]) -> Any:
        """Return a value as it travels; `dicts` gets the dictionaries in it, which may be written into."""
        if type(value) in PLAIN:
            return value
        if isinstance(value, np.ndarray):
            if value.dtype.str not in wire.DTYPES:
                raise TypeError(f"an array of {value.dtype} cannot be passed to a subject")
            self._given += value.nbytes
            return self.arena.placed(value)
        if isinstance(value, Lent):
            self._given += value.array.nbytes
            return self.arena.lent(value.array)
        if isinstance(value, tuple | list):
            items = [each if type(each) in PLAIN else self.packed(each, out, dicts) for each in value]
            return ["tuple" if isinstance(value, tuple) else "list", items]
        if isinstance(value, dict):
            pairs = [[self.packed(k, out, dicts), self.packed(v, out, dicts)] for k, v in value.items()]
            dicts.append(value)
            return ["dict", pairs]
        if isinstance(value, Foreign):
            return self.node(value)
        if isinstance(value, np.generic):
            return ["scalar", value.dtype.str, [], out.add(np.asarray(value))]
        if isinstance(value, complex):
            return ["complex", value.real, value.imag]
        if isinstance(value, wire.SCALARS):
            return value
        raise TypeError(f"a {type(value).__name__} is no data, and cannot be passed to a subject")

    def node(self, value: Foreign) -> list[Any]:
        """Return what the worker knows an object by. Raises Failed if it was lost with an earlier worker."""
        if value.foreign_life_ not in (None, self.life):
            raise Failed(Trouble("uncalled", "depends on what was lost with an earlier process"))
        found: list[Any] = value.foreign_node_
        return found

    def grant(self, size: Any) -> tuple[int, int] | None:
        """Return an open file for a large result, and its number; None if nothing asks for it. Raises Garbled."""
        if type(size) is not int or not 0 < size <= self.most or len(self.granted) >= MOST_GRANTS:
            raise Garbled("a result that is too large")
        if size + sum(granted for _, granted in self.granted) > self.room:
            return None
        self.granted.append((open_memory(size), size))
        return self.granted[-1][0], len(self.granted) - 1

    def close(self) -> None:
        """Give all memory back that no array of the judge's lies in."""
        self.arena.close()
        self.close_grants()

    def close_grants(self) -> None:
        """Close the files of the large results."""
        for file, _ in self.granted:
            os.close(file)
        self.granted.clear()

    # From the worker.

    def result(self, node: Any, raw: bytearray, label: str) -> Any:
        """Return the value that an answer holds. Raises Garbled, and Failed if it is a failure."""
        if isinstance(node, list) and node[:1] == ["trouble"]:
            raise Failed(_trouble(node))
        if isinstance(node, list) and node[:1] in (["tuple"], ["list"]):
            if len(node) != 2 or not isinstance(node[1], list):
                raise Garbled("an invalid tuple")
            if len(node[1]) > MOST_ENTRIES:
                raise Garbled("a tuple that is too long")
            items = [self._entry(each, raw, label) for each in node[1]]
            return tuple(items) if node[0] == "tuple" else items
        return self._entry(node, raw, label)

    def _entry(self, node: Any, raw: bytearray, label: str) -> Any:
        if type(node) is str:
            return one_line(node, MOST_TEXT)
        if type(node) is int and abs(node) >= wire.MOST_INTEGER:
            raise Garbled("a number that is too large")
        if type(node) in PLAIN:
            return node
        if type(node) is not list or not node or type(node[0]) is not str or node[0] not in READERS:
            raise Garbled("an invalid value")
        return READERS[node[0]](self, node, raw, label)

    def _undue(self, dtype: np.dtype[Any], shape: tuple[int, ...], label: str) -> Foreign | None:
        """Return what stands for an array that is larger than anything due; None, and less room, for another one.

        Nothing of it is copied. The judge sees that it is no array.
        """
        size = math.prod(shape) * dtype.itemsize
        if size > self.room:
            return foreign(
                self.link, ["handle", 0], label, f"ndarray of {dtype} with {size} bytes", False, self.life
            )
        self.room -= size
        return None

    def _array(self, node: list[Any], raw: bytearray, label: str) -> Array | Foreign:
        found = wire.inline(node[:4], raw)
        if len(node) != 5 or type(node[4]) is not int:
            raise Garbled("an array without its number")
        if undue := self._undue(found.dtype, found.shape, label):
            return undue
        # A view keeps the whole frame, which the worker may have made as long as it likes.
        found = found.copy() if found.nbytes + SLACK < len(raw) else found
        self._results[node[4]] = weakref.ref(found, partial(self._no_longer, node[4]))
        return found

    def _no_longer(self, number: int, reference: object) -> None:
        self._results.pop(number, None)

    def _scalar(self, node: list[Any], raw: bytearray, label: str) -> Any:
        return wire.inline(node, raw)[()]

    def _view(self, node: list[Any], raw: bytearray, label: str) -> Array | Foreign:
        if len(node) != 6 or type(node[3]) is not int or type(node[4]) is not int:
            raise Garbled("an invalid view")
        dtype = wire.checked_dtype(node[1])
        shape = wire.checked_shape(node[2], dtype, self.most)
        strides = wire.checked_strides(node[5], len(shape))
        if undue := self._undue(dtype, shape, label):
            return undue
        found = self.arena.seen(dtype, shape, strides, node[3], node[4])
        if found is None:
            raise Garbled("a view of memory that is not there")
        return found

    def _file(self, node: list[Any], raw: bytearray, label: str) -> Array | Foreign:
        """Return a large result where it lies. From the seal on, the worker cannot change it any more."""
        if len(node) != 4 or type(node[3]) is not int or not 0 <= node[3] < len(self.granted):
            raise Garbled("a large result that is not there")
        dtype = wire.checked_dtype(node[1])
        file, size = self.granted[node[3]]
        shape = wire.checked_shape(node[2], dtype, size)
        if undue := self._undue(dtype, shape, label):
            return undue
        try:
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        except OSError:
            raise Garbled("a large result that the worker keeps open") from None
        memory = mmap.mmap(file, size, flags=mmap.MAP_PRIVATE)
        return np.frombuffer(memory, dtype, int(np.prod(shape, dtype=object))).reshape(shape)

    def _complex(self, node: list[Any], raw: bytearray, label: str) -> complex:
        if len(node) != 3 or not all(type(each) in (int, float) for each in node[1:]):
            raise Garbled("an invalid complex number")
        return complex(node[1], node[2])

    def _handle(self, node: list[Any], raw: bytearray, label: str) -> Foreign:
        if len(node) != 4 or type(node[1]) is not int or not isinstance(node[3], str):
            raise Garbled("an invalid object")
        sort = _sort(node[3][:MOST_SORT])
        name = label if node[2] is True else sort
        return foreign(self.link, node[:2], name, sort, node[2] is True, self.life)

    def write_back(self, changes: Any, dicts: list[dict[Any, Any]], raw: bytearray) -> None:
        """Bring what the subject wrote into the dictionaries that it was given into the judge's. Raises Garbled."""
        for index, new, gone in _triples(changes) if changes != [] else ():
            if type(index) is not int or not 0 <= index < len(dicts):
                raise Garbled("a dictionary that was not given")
            for pair in new:
                if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], wire.SCALARS):
                    raise Garbled("an invalid entry of a dictionary")
                dicts[index][self._entry(pair[0], raw, "")] = self.result(pair[1], raw, "")
            for key in gone:
                dicts[index].pop(key if isinstance(key, wire.SCALARS) else None, None)

    def changed(self, changes: Any, raw: bytearray) -> None:
        """Bring what the subject wrote into its earlier results into the judge's copies of them. Raises Garbled."""
        if isinstance(changes, list) and len(changes) > MOST_CHANGES:
            raise Garbled("too many changes")
        for change in changes if isinstance(changes, list) else ():
            if not isinstance(change, list) or len(change) != 2 or type(change[1]) is not int:
                raise Garbled("an invalid change of a result")
            known = self._results.get(change[0]) if type(change[0]) is int else None
            array = known() if known is not None else None
            if array is not None:
                np.copyto(array, wire.inline(["", array.dtype.str, list(array.shape), change[1]], raw))


READERS = {
    "array": Packer._array,
    "scalar": Packer._scalar,
    "view": Packer._view,
    "file": Packer._file,
    "complex": Packer._complex,
    "handle": Packer._handle,
}


@lru_cache(maxsize=256)
def _sort(text: str) -> str:
    """Return the name of a type as it can be printed."""
    return one_line(text, 80)


def _trouble(node: list[Any]) -> Trouble:
    """Return the failure that an answer reports. Raises Garbled."""
    if len(node) != 4 or node[1] not in TROUBLES or not all(isinstance(each, str) for each in node):
        raise Garbled("an invalid report of a failure")
    return Trouble(node[1], one_line(node[2]), cause_called(node[3]))


def _triples(changes: Any) -> list[Any]:
    rows: list[Any] = changes if isinstance(changes, list) else [None]
    if not all(isinstance(row, list) and len(row) == 3 and isinstance(row[1], list) for row in rows):
        raise Garbled("invalid changes")
    if not all(isinstance(row[2], list) for row in rows):
        raise Garbled("invalid changes")
    return rows
