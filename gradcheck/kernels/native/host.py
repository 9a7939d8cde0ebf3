"""Calls a function of a shared library, with guards around what it writes. Runs in a worker: the function may crash.

It needs NumPy and the standard library only.
"""

import ctypes
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LINE = 64
GUARD = 4096
PATTERN = 0xA5
POISON = {"f": np.nan, "i": 127, "u": 0x7FC0}
"""What an output holds before: NaN, or its bits in bfloat16, so that an entry that is never written shows."""

POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int64
_libraries: dict[str, ctypes.CDLL] = {}

Input = tuple[np.ndarray[Any, Any], int] | None
Output = tuple[Sequence[int], str, int] | None


def function_of(path: str, name: str) -> Any:
    """Return a function of a library, or None where it has none of this name."""
    if path not in _libraries:
        _libraries[path] = ctypes.CDLL(path)
    return getattr(_libraries[path], name, None)


def defines(path: str, name: str) -> bool:
    """Return whether a library has a function of this name."""
    return function_of(path, name) is not None


def nothing() -> None:
    """Do nothing: the judge learns how long a request takes."""


def call(
    path: str, name: str, geometry: Sequence[int], given: Sequence[Input], outputs: Sequence[Output]
) -> list[Any]:
    """Call a function once, and return its code, which inputs it changed, what it wrote around arrays, and its outputs.

    What it wrote is a number of bytes for each array, the inputs first.

    Parameters
    ----------
    path, name : str
        The library and the function.
    geometry : sequence of int
        What the documented structure holds.
    given : sequence
        An array and an offset for each input, or None for one that is not there.
    outputs : sequence
        The shape, the dtype and an offset for each output, or None.
    """
    run, made, inputs = _prepared(path, name, geometry, given, outputs)
    code = run()
    changed = [
        each is not None and kept is not None and each.differs(kept[0])
        for each, kept in zip(inputs, given, strict=True)
    ]
    written = [0 if each is None else each.written_outside() for each in (*inputs, *made)]
    return [code, changed, written, *(None if each is None else each.values.copy() for each in made)]


def seconds(
    path: str,
    name: str,
    clock: str,
    geometry: Sequence[int],
    given: Sequence[Input],
    outputs: Sequence[Output],
) -> list[Any]:
    """Return how long one call takes, on the wall's clock or on the processors', its code, and its outputs."""
    run, made, _ = _prepared(path, name, geometry, given, outputs)
    now = time.process_time if clock == "cpu" else time.perf_counter
    started = now()
    code = run()
    taken = now() - started
    return [taken, code, *(None if each is None else each.values.copy() for each in made)]


def _prepared(
    path: str, name: str, geometry: Sequence[int], given: Sequence[Input], outputs: Sequence[Output]
) -> tuple[Callable[[], int], list[Any], list[Any]]:
    """Return the call with everything laid out, the outputs, and what must live as long as the call."""
    inputs = [
        None if each is None else Guarded(each[0].shape, each[0].dtype, each[1], each[0]) for each in given
    ]
    made = [None if each is None else Guarded(tuple(each[0]), each[1], each[2]) for each in outputs]
    numbers = (INTEGER * len(geometry))(*geometry)
    pointers = [POINTER(None if each is None else each.values.ctypes.data) for each in (*inputs, *made)]
    function = function_of(path, name)
    function.restype = ctypes.c_int
    return (lambda: function(numbers, *pointers)), made, inputs


class Guarded:
    """An array in memory of its own, so many bytes behind an aligned place, with a pattern around it."""

    def __init__(self, shape: Sequence[int], dtype: Any, offset: int, values: Any = None) -> None:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        self._memory = np.full(size + 2 * (GUARD + LINE), PATTERN, dtype=np.uint8)
        self._start = GUARD + (-self._memory.ctypes.data - GUARD) % LINE + offset
        self._end = self._start + size
        self.values = self._memory[self._start : self._end].view(dtype).reshape(shape)
        self.values[...] = POISON[self.values.dtype.kind] if values is None else values

    def differs(self, values: np.ndarray[Any, Any]) -> bool:
        """Return whether the bits are not those of the numbers that were put there."""
        bits = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        return not np.array_equal(self._memory[self._start : self._end], bits)

    def written_outside(self) -> int:
        """Return how many bytes of the pattern are another."""
        around = (self._memory[: self._start], self._memory[self._end :])
        return int(sum(np.count_nonzero(each != PATTERN) for each in around))
