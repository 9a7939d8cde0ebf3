"""Calling a subject's functions in this process, and telling apart the ways in which that goes wrong."""

import contextlib
import contextvars
import dis
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from gradcheck.advice import advice
from gradcheck.contract import Array, Arrays, Crashed, Function, Malformed, Missing, Refused, SubjectError
from gradcheck.text import one_line

NUMPY = os.path.dirname(np.__file__)
OWN = os.path.dirname(__file__)
DEPTH = 6

_watch: contextvars.ContextVar[list[float] | None] = contextvars.ContextVar("stopwatch", default=None)


@contextlib.contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Collect the seconds that each call of a subject's functions takes, without what is done around it."""
    taken: list[float] = []
    token = _watch.set(taken)
    try:
        yield taken
    finally:
        _watch.reset(token)


def guarded(name: str, function: Function, /, *args: Any, **kwargs: Any) -> Any:
    """Call a subject's function.

    Raises
    ------
    Missing
        If it raised NotImplementedError, or needs a module that is not installed.
    Refused
        If its own code raised or asserted on purpose.
    Crashed
        If it raised otherwise, or tried to end the process.
    """
    started = time.perf_counter()
    try:
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001 - whatever a subject raises is a finding, never our crash
        raise describe(name, problem) from None
    finally:
        taken = _watch.get()
        if taken is not None:
            taken.append(time.perf_counter() - started)


def describe(name: str, problem: BaseException) -> SubjectError:
    """Return what an exception of a subject's function means."""
    where = _last_place(problem.__traceback__)
    said = one_line(problem)
    text = one_line(f"{name} raised {type(problem).__name__}: {said}{where}{advice(said)}")
    if isinstance(problem, NotImplementedError | ImportError):
        return Missing(text, type(problem))
    if _on_purpose(problem.__traceback__):
        return Refused(text, type(problem))
    return Crashed(text, type(problem))


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno, traceback.tb_lasti
        traceback = traceback.tb_next


def _last_place(traceback: TracebackType | None) -> str:
    """Return `` (file.py:12)`` for the innermost line of the subject's own code."""
    own = [
        (frame.f_code.co_filename, line)
        for frame, line, _ in _frames(traceback)
        if not frame.f_code.co_filename.startswith((NUMPY, OWN))
    ]
    return f" ({os.path.basename(own[-1][0])}:{own[-1][1]})" if own else ""


def _on_purpose(traceback: TracebackType | None) -> bool:
    """Tell whether the innermost frame is the subject's and stood at a ``raise`` or ``assert``."""
    *_, (frame, _, last) = _frames(traceback)
    if frame.f_code.co_filename.startswith((NUMPY, OWN)):
        return False
    return any(
        step.offset == last and step.opname == "RAISE_VARARGS" for step in dis.get_instructions(frame.f_code)
    )


def pair_of_results(name: str, returned: Any) -> tuple[Any, Any]:
    """Return the output and the cache that a forward returned."""
    if returned is None:
        return None, None
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Malformed(f"{name} returned {_what(returned)}; expected two results: out, cache")
    return returned[0], returned[1]


def gradients(name: str, returned: Any, tensors: Sequence[str]) -> dict[str, Any]:
    """Return the gradients that a backward returned, by tensor name.

    A single gradient comes by itself or in a tuple of one; several come in a tuple or a list.
    """
    wanted = ", ".join(f"d{tensor}" for tensor in tensors)
    values = [returned] if len(tensors) == 1 and not isinstance(returned, tuple) else returned
    if returned is None:
        raise Missing(f"{name} returned None; expected {wanted}")
    if not isinstance(values, tuple | list) or len(values) != len(tensors):
        raise Malformed(f"{name} returned {_what(values)}; expected {len(tensors)}: {wanted}")
    if all(value is None for value in values):
        raise Missing(f"{name} returned only None; expected {wanted}")
    return dict(zip(tensors, values, strict=True))


def _what(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{len(value)} results"
    return "one array" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def arrays_in(value: Any, depth: int = DEPTH) -> Iterator[Array]:
    """Yield the arrays in a cache: in tuples, lists, dicts and objects, to a bounded depth."""
    if isinstance(value, np.ndarray):
        yield value
    elif depth and isinstance(value, tuple | list):
        for item in value:
            yield from arrays_in(item, depth - 1)
    elif depth and isinstance(value, Mapping):
        yield from arrays_in(list(value.values()), depth - 1)
    elif depth and hasattr(value, "__dict__") and not callable(value):
        yield from arrays_in(list(vars(value).values()), depth - 1)


@dataclass(frozen=True)
class LocalCall:
    """A forward call in this process, and the backward that goes with it."""

    outputs: dict[str, Any]
    arguments: Arrays
    gradients: Callable[[Array], dict[str, Any]]
    cache: Any = None
    missing: str | None = None
    observed: Arrays = field(default_factory=dict)

    def backward(self, dout: Array) -> dict[str, Any]:
        """Return the gradients for an upstream gradient."""
        return self.gradients(dout)

    def cached(self) -> list[Array]:
        """Return the arrays in the cache."""
        return list(arrays_in(self.cache))
