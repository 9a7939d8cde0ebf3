"""Whether a function is a stub: whatever way it takes, it returns its own placeholder (``out = None``), or nothing.

A stub may raise before it returns: ``out.astype(x.dtype)`` on its own None, or ``return out`` of a name that it never
assigns. The source says that it cannot return anything else, and the frame says that it has computed no array. A worker
needs this too: NumPy and the standard library only.
"""

import builtins
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from gradcheck.calling.arrays import arrays_in
from gradcheck.calling.origin import Function, function_of
from gradcheck.calling.values import Values
from gradcheck.text import one_line

UNWRITTEN = re.compile(
    r"NotImplemented(?:Error)?|\b(?:not|isn't|isnt)(?: been| yet)*[ _]implemented|\bto-?do\b|\byour (?:own )?code\b"
    r"|\b(?:implement|write|finish|complete) (?:me|it|this)\b|exceptions must derive from BaseException",
    re.IGNORECASE,
)
"""What a function says that raises in place of a result; the last is Python's answer to ``raise NotImplemented``."""


def is_stub(frame: FrameType, problem: BaseException) -> bool:
    """Return whether the function that a frame runs is a stub, given what it raised."""
    values = _values(frame.f_code, frame.f_globals)
    if values is None:
        return False
    if not values.returned:
        said = [one_line(problem), *values.raised()]
        return not values.computes() and any(UNWRITTEN.search(each) for each in said)
    return values.returns_nothing() and not any(map(_is_computed, _own_arrays(frame)))


def forgets_return(function: object) -> bool:
    """Return whether a function does its work and has no return statement, so that it cannot but return None."""
    if not isinstance(function, FunctionType):
        return False
    values = _values(function.__code__, function.__globals__)
    return values is not None and not values.returned and bool(values.unread())


def _values(code: CodeType, names: Mapping[str, Any]) -> Values | None:
    function = function_of(code, names)
    return None if function is None else _read(code, function, frozenset(names))


@lru_cache(maxsize=128)
def _read(code: CodeType, function: Function, names: frozenset[str]) -> Values:
    """Read a function once: one that returns nothing is asked at each of its calls whether it forgets to."""
    return Values(function, names | set(dir(builtins)) | set(code.co_freevars))


def _own_arrays(frame: FrameType) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the arrays among the variables of a frame that are no views of its arguments."""
    code, values = frame.f_code, dict(frame.f_locals)
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    passed = list(arrays_in([values.get(name) for name in arguments]))
    for name, value in values.items():
        for array in [] if name in arguments else arrays_in(value):
            if not any(np.may_share_memory(array, each) for each in passed):
                yield array


def _is_computed(array: np.ndarray[Any, Any]) -> bool:
    """Return whether an array is more than a buffer that is filled with one number."""
    return array.size > 0 and array.dtype.kind in "fc" and not bool(np.all(array == array.flat[0]))
