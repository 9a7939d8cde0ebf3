"""Functions on tensors of a file's own: plain ones, and those with a context."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck.subjects.dialects.support.own_numbers import as_arrays, made_of, numbers_of, write_back

Array = NDArray[Any]


class Context:
    """What a function saves for its backward, by any of the names that libraries read it by."""

    def __init__(self) -> None:
        self.no_grad = False
        self.requires_grad = True
        self.saved_values: tuple[Any, ...] = ()

    def save_for_backward(self, *values: Any) -> None:
        """Keep values."""
        self.saved_values = values

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, by another name."""
        return self.saved_values

    @property
    def saved(self) -> tuple[Any, ...]:
        """What was saved, by a third name."""
        return self.saved_values


def own_called(
    function: Any, tensor: Any, labels: bool, arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """Call a function on tensors, and return its results as arrays; `labels` says whether integers are tensors, too."""
    given = [_given(tensor, labels, each) for each in arguments]
    named = {name: _given(tensor, labels, each) for name, each in keywords.items()}
    out = function(*given, **named)
    write_back(given, arguments)
    return as_arrays(out)


def own_function_called(
    kind: Any,
    tensor: Any,
    context: Any,
    is_bound: bool,
    labels: bool,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
) -> tuple[Any, Any]:
    """Call forward(ctx, *tensors), and return its output as an array, and what its backward needs.

    `tensor` is None where the arrays themselves are passed.
    """
    ctx = _made(context)
    made = kind() if is_bound else kind
    given = [_given(tensor, labels, each) for each in arguments]
    named = {name: _given(tensor, labels, each) for name, each in keywords.items()}
    out = made.forward(ctx, *given, **named)
    write_back(given, arguments)
    return numbers_of(out), (made, ctx, tensor)


def own_function_backward(dout: Array, left: tuple[Any, Any, Any]) -> Any:
    """Call backward(ctx, grad_output), and return what it returned as arrays."""
    kind, ctx, tensor = left
    upstream = np.asarray(dout)
    return as_arrays(kind.backward(ctx, upstream if tensor is None else made_of(tensor, upstream)))


def _given(tensor: Any, labels: bool, value: Any) -> Any:
    """Return a tensor for an array that is to be one; anything else stays as it is."""
    if tensor is None or not isinstance(value, np.ndarray):
        return value
    return made_of(tensor, value) if value.dtype.kind == "f" or labels else value


def _made(context: Any) -> Any:
    """Return a context of the file's own, or ours where its constructor needs more than nothing."""
    try:
        inspect.signature(context or Context).bind()
    except (TypeError, ValueError):
        return Context()
    return (context or Context)()
