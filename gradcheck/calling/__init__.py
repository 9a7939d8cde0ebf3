"""Call a subject's functions and classify their failures."""

import contextlib
import contextvars
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.calling.raising import arrays_in, sort_of, trouble_of
from gradcheck.contract import (
    Array,
    Arrays,
    Crashed,
    Function,
    Malformed,
    Missing,
    Refused,
    SubjectError,
    TimedOut,
    Unadapted,
    Uncalled,
)
from gradcheck.text import one_line

KINDS = {
    "missing": Missing,
    "refused": Refused,
    "crashed": Crashed,
    "timed out": TimedOut,
    "uncalled": Uncalled,
    "unadapted": Unadapted,
}

ADVICE = {
    r"only 0-dimensional arrays can be converted to Python scalars": "since NumPy 2.4 float(b) and int(b) take only "
    "arrays without axes, and b of shape (1, 1, 1) has three: write b.item()",
    r"setting an array element with a sequence\.(?: \(|$)": "since NumPy 2.4 an entry takes only a number or an "
    "array without axes, and np.sum(...) + b has those of b: write + b.item()",
    r"could not broadcast input array from shape \((\d+,)*0(,\d+)*,?\) into shape": "a slice is empty; if it is "
    "[pad:-pad], that is empty where pad is 0: write [pad:pad + H]",
}
"""What NumPy says of mistakes that many people make, without their cause -> what it means, and what to do."""

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
    Uncalled
        If Python refused the call before a line of it ran; Unadapted, if the caller's adapter raised.
    TimedOut
        If it did not come to an end in time (in a worker only).
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
    trouble = trouble_of(problem)
    return KINDS[trouble.kind](one_line(f"{name} {trouble.said}{_advice(trouble.said)}"), trouble.cause)


def _advice(said: str) -> str:
    """Return `` : what to do`` about an exception, given as ``raised ValueError: ...``; or nothing."""
    return next((f": {text}" for pattern, text in ADVICE.items() if re.search(f": {pattern}", said)), "")


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
    values = [returned] if len(tensors) == 1 and not isinstance(returned, tuple) else returned
    if returned is None:
        raise Missing(f"{name} returned None; expected {_listed(tensors)}")
    if not isinstance(values, tuple | list) or len(values) != len(tensors):
        raise Malformed(f"{name} returned {_what(values)}; expected {len(tensors)}: {_listed(tensors)}")
    if all(value is None for value in values):
        raise Missing(f"{name} returned only None; expected {_listed(tensors)}")
    return dict(zip(tensors, values, strict=True))


def _listed(tensors: Sequence[str]) -> str:
    """Return what the gradients of tensors are called: ``dx, dw``."""
    return ", ".join(f"d{tensor}" for tensor in tensors)


def attribute(label: str, thing: Any, name: str) -> Any:
    """Return an attribute of an object of the subject's; None where it has none. Raises SubjectError.

    `label` is what messages call it.
    """
    try:
        return guarded(label, getattr, thing, name)
    except SubjectError as problem:
        if problem.kind is None or not issubclass(problem.kind, AttributeError):
            raise
        return None


def invoke(label: str, thing: Any, method: str, *args: Any) -> Any:
    """Call a method of an object of the subject's. Raises SubjectError; Missing, where it has no such method."""
    function = attribute(label, thing, method)
    if function is None:
        raise Missing(f"{label} is not defined")
    return guarded(label, function, *args)


def _what(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{len(value)} results"
    return "one array" if isinstance(value, np.ndarray) else f"a {sort_of(value)}"


@dataclass(frozen=True)
class LocalCall:
    """A forward call in this process, and the backward that goes with it."""

    outputs: dict[str, Any]
    arguments: Arrays
    backward: Callable[[Array], dict[str, Any]]
    cache: Any = None
    missing: str | None = None
    observed: Arrays = field(default_factory=dict)

    def cached(self) -> list[Array]:
        """Return the arrays in the cache."""
        return list(arrays_in(self.cache))
