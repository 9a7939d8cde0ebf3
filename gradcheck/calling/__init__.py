"""Call a subject's functions and classify their failures."""

import contextlib
import contextvars
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import getitem
from typing import Any

import numpy as np

from gradcheck.calling import watchdog
from gradcheck.calling.advice import advice
from gradcheck.calling.arrays import arrays_in, overwrite_in
from gradcheck.calling.placeholders import forgets_return
from gradcheck.calling.raising import sort_of, trouble_of
from gradcheck.calling.results import array_of
from gradcheck.contract import (
    Array,
    Arrays,
    Crashed,
    Function,
    LeftOut,
    Malformed,
    Missing,
    Refused,
    Shapes,
    SubjectError,
    TimedOut,
    Unadapted,
    Uncalled,
)
from gradcheck.grammar import Params
from gradcheck.text import one_line

KINDS = {
    "missing": Missing,
    "refused": Refused,
    "crashed": Crashed,
    "timed out": TimedOut,
    "uncalled": Uncalled,
    "unadapted": Unadapted,
    "left out": LeftOut,
}

PLACEHOLDERS = {"NotImplementedType": "NotImplemented", "ellipsis": "..."}
"""Types of the values that a stub returns in the place of a result -> how they are written."""

_watch: contextvars.ContextVar[list[float] | None] = contextvars.ContextVar("stopwatch", default=None)
_hurried: contextvars.ContextVar[bool] = contextvars.ContextVar("hurried", default=False)


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """Do not look into exceptions for the length of a ``with`` block: they say of what type they are, and no more."""
    token = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(token)


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
        If Python refused the call before a line of it ran; Unadapted or LeftOut, if the caller's adapter raised.
    TimedOut
        If it did not come to an end in time (in a worker, or under a watchdog).
    """
    started, limits = time.perf_counter(), watchdog.HERE.get()
    try:
        if limits is not None:
            return limits.run(name, partial(function, *args, **kwargs))
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001 - whatever a subject raises is a finding, never our crash
        if _hurried.get():
            raise Crashed(name, type(problem)) from None
        raise describe(name, problem) from None
    finally:
        taken = _watch.get()
        if taken is not None:
            taken.append(time.perf_counter() - started)


def describe(name: str, problem: BaseException) -> SubjectError:
    """Return what an exception of a subject's function means."""
    trouble = trouble_of(problem)
    return KINDS[trouble.kind](one_line(f"{name} {trouble.said}{advice(trouble.said)}"), trouble.cause)


def result_of(name: str, function: Function, /, *args: Any, **kwargs: Any) -> Any:
    """Call a subject's function that is to return something. Raises SubjectError: Crashed, if it forgets to."""
    returned = guarded(name, function, *args, **kwargs)
    if returned is None and _forgets_return(name, function):
        raise Crashed(f"{name} returned None: it computes a result, and has no return statement")
    return returned


def _forgets_return(name: str, function: Function) -> bool:
    remote = getattr(type(function), "forgets_return_", None)  # it lives in another process
    return forgets_return(function) if remote is None else bool(guarded(name, remote, function))


def pair_of_results(name: str, returned: Any) -> tuple[Any, Any]:
    """Return the output and the cache that a forward returned."""
    if returned is None or _is_placeholder(returned):
        return None, None
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Malformed(f"{name} returned {_what(returned)}; expected two results: out, cache")
    return None if _is_placeholder(returned[0]) else returned[0], returned[1]


def results_of(name: str, returned: Any, shapes: Shapes, params: Params) -> tuple[Any, Any]:
    """Return the output and the cache that a forward returned at some parameters: of several outputs their stack.

    Raises
    ------
    Malformed
        If it returned another number of results, or one of several outputs is no array of the right shape.
    """
    if not shapes.is_stacked or returned is None or _is_placeholder(returned):
        return pair_of_results(name, returned)
    count, listed = len(shapes.outputs) + 1, ", ".join(shapes.outputs)
    if not isinstance(returned, tuple | list) or len(returned) != count:
        raise Malformed(f"{name} returned {_what(returned)}; expected {count} results: {listed}, cache")
    *outputs, cache = returned
    if all(map(_is_placeholder, outputs)):
        return None, cache
    shape = shapes.output(params)[1:]
    named = zip(shapes.outputs, outputs, strict=True)
    return np.stack([array_of(each, value, shape) for each, value in named]), cache


def gradients(name: str, returned: Any, tensors: Sequence[str]) -> dict[str, Any]:
    """Return the gradients that a backward returned, by tensor name.

    A single gradient comes by itself or in a tuple of one; several come in a tuple or a list.
    """
    values = [returned] if len(tensors) == 1 and not isinstance(returned, tuple) else returned
    if _is_placeholder(returned):
        raise Missing(f"{name} returned {_called(returned)}; expected {_listed(tensors)}")
    if not isinstance(values, tuple | list) or len(values) != len(tensors):
        raise Malformed(f"{name} returned {_what(values)}; expected {len(tensors)}: {_listed(tensors)}")
    if not isinstance(next(iter(values), None), np.ndarray) and all(map(_is_placeholder, values)):
        raise Missing(f"{name} returned only {_called(values[0])}; expected {_listed(tensors)}")
    return dict(zip(tensors, values, strict=True))


def _is_placeholder(value: Any) -> bool:
    """Return whether a function of which this is the result is a stub."""
    if isinstance(value, np.ndarray | tuple):  # what a result usually is
        return False
    return value is None or sort_of(value) in PLACEHOLDERS


def _called(placeholder: Any) -> str:
    return PLACEHOLDERS.get(sort_of(placeholder), "None")


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


def entry(label: str, thing: Any, key: str) -> Any:
    """Return the entry of a dict of the subject's; None if there is no such entry, or no dict. Raises SubjectError."""
    try:
        return guarded(label, getitem, thing, key)
    except SubjectError as problem:
        if problem.kind is None or not issubclass(problem.kind, LookupError | TypeError):
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
    updated: frozenset[str] = frozenset()

    def cached(self) -> list[Array]:
        """Return the arrays in the cache."""
        return list(arrays_in(self.cache))

    def overwrite(self, replaced: Mapping[int, Array]) -> bool:
        """Write into the arrays of the cache, by position; return whether all could be written."""
        return overwrite_in(self.cache, replaced)
