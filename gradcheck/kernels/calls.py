"""Calling a kernel's functions: one that does not take our call is reported as that, with both signatures."""

import inspect
from collections.abc import Mapping
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import Crashed
from gradcheck.text import one_line

SHOWN = 100
"""The most characters of an author's signature in a message."""


def name_of(function: Any, default: str) -> str:
    """Return a function's name."""
    return str(getattr(function, "__name__", default))


def called(name: str, function: Any, arguments: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """Return what a function returns.

    Parameters
    ----------
    name : str
        What messages call the function.
    function : callable
        One of the author's.
    arguments : mapping
        What it gets by position; the names are for messages only.
    options : mapping
        What it gets by keyword.

    Raises
    ------
    SubjectError
        As `guarded` does. Where the function has no parameters for the call, the message has the call and the
        function's signature, and no place: no line of the author's has run.
    """
    try:
        return guarded(name, function, *arguments.values(), **options)
    except Crashed as problem:
        misfit = _misfit(name, function, arguments, options) if problem.kind is TypeError else None
        if misfit is None:
            raise
        raise Crashed(misfit, TypeError) from None


def _misfit(name: str, function: Any, arguments: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
    """Say why a function does not take a call, or None where it does, or has no signature."""
    try:
        signature = inspect.signature(getattr(function, "py_func", function))
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*arguments.values(), **options)
    except TypeError as problem:
        call = ", ".join([*arguments, *(f"{each}=..." for each in options)])
        bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
        own = one_line(inspect.Signature(bare), SHOWN)
        return f"{name}{own} does not take the call {name}({call}): {problem}"
    return None
