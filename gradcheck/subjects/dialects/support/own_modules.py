"""Modules of a small library: made, filled with numbers, called, and differentiated by their tensors' own tape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck.subjects.dialects.support.own_numbers import holder_of, made_of, numbers_of, write_back
from gradcheck.subjects.dialects.support.own_tape import Run

Array = NDArray[Any]
RUNNING = frozenset({"running_mean", "running_var", "moving_mean", "moving_var"})
DEPTH = 3


def own_module_parameters(
    kind: Any, tensor: Any, made: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths of a module's parameters, and of its running statistics."""
    found = list(_held(kind(**made), tensor))
    parameters = [path for path, value in found if isinstance(value, tensor) and not _is_running(path)]
    return tuple(parameters), tuple(path for path, _ in found if _is_running(path))


def own_module_called(
    kind: Any,
    tensor: Any,
    made: Mapping[str, Any],
    held: Mapping[str, Array],
    training: bool,
    arrays: Sequence[Array],
    labels: bool,
) -> tuple[Any, Callable[[str, Array], Any]]:
    """Make a module, put numbers into its parameters, call it on tensors; return its output and the tape.

    `labels` says whether integers are passed in a tensor, too.
    """
    module = kind(**made)
    for path, array in held.items():
        _put(module, path, tensor, array)
    _trained(module, training)
    given = [made_of(tensor, each) if each.dtype.kind == "f" or labels else each for each in arrays]
    out = module(*given) if callable(module) else module.forward(*given)
    write_back(given, arrays)
    parameters = [_at(module, path) for path in held if not _is_running(path)]
    # What the tape holds changes in each backward, and is no cache of the module's: it is hidden in a function.
    return numbers_of(out), partial(_gone_back, Run(tensor, given[:1], out, parameters))


def own_cell_called(
    kind: Any,
    tensor: Any,
    made: Mapping[str, Any],
    held: Mapping[str, Array],
    arrays: Sequence[Array],
    is_together: bool,
    only_first: bool = False,
) -> tuple[Any, ...]:
    """Make a recurrent cell, put numbers into its parameters, and call it on an input and on states.

    `is_together` says whether the states are one argument, a tuple. Return each result as an array, and the tape; of a
    layer along a sequence the first result alone (`only_first`), as the others are parts of it.
    """
    module = kind(**made)
    for path, array in held.items():
        _put(module, path, tensor, array)
    given = [made_of(tensor, each) for each in arrays]
    passed = (given[0], tuple(given[1:])) if is_together else tuple(given)
    out = module(*passed) if callable(module) else module.forward(*passed)
    results = tuple(out) if isinstance(out, tuple | list) else (out,)
    results = results[:1] if only_first else results
    write_back(given, arrays)
    run = Run(tensor, given, results, [_at(module, path) for path in held])
    return (*(numbers_of(each) for each in results), partial(_all_gone_back, run))


def own_cell_backward(how: str, upstream: Sequence[Array], back: Callable[..., Any]) -> Any:
    """Go back on the tape of a cell from all of its results, and return the gradients as arrays."""
    return back(how, upstream)


def _all_gone_back(run: Run, how: str, upstream: Sequence[Array]) -> tuple[Any, ...]:
    run.rewind()
    # What comes behind the results that have gradients is none of the layer's: the weights of an attention.
    terms = [out * made_of(run.tensor, np.array(dout)) for out, dout in zip(run.out, upstream, strict=False)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    if how == "sum":
        total.sum().backward()
    else:
        ones = np.ones(numbers_of(total).shape)
        total.backward(ones if how == "array" else made_of(run.tensor, ones))
    return tuple(_gradient(each) for each in (*run.inputs, *run.parameters))


def own_module_backward(how: str, dout: Array, back: Callable[[str, Array], Any]) -> Any:
    """Go back on the tape, and return the gradients of the input and of the parameters as arrays.

    `how` says what backward gets: a tensor, an array, or nothing, as from a sum that is weighted by dout.
    """
    return back(how, dout)


def _gone_back(run: Run, how: str, dout: Array) -> tuple[Any, ...]:
    run.rewind()
    upstream = np.array(dout).reshape(numbers_of(run.out).shape)
    if how == "array":
        run.out.backward(upstream)
    elif how == "tensor":
        run.out.backward(made_of(run.tensor, upstream))
    else:
        (run.out * made_of(run.tensor, upstream)).sum().backward()
    return tuple(_gradient(each) for each in (*run.inputs, *run.parameters))


def _gradient(thing: Any) -> Any:
    found = getattr(thing, "grad", None)
    return None if found is None else np.array(numbers_of(found))


def _trained(module: Any, training: bool) -> None:
    switch = getattr(module, "train" if training else "eval", None)
    if callable(switch):
        switch()
    else:
        module.training = training


def _held(module: Any, tensor: Any, front: str = "", depth: int = DEPTH) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each tensor in a module, or in a list of them, and of running statistics."""
    inside = enumerate(module) if isinstance(module, list | tuple) else vars(module).items()
    for name, value in inside:
        if isinstance(value, tensor) or (isinstance(value, np.ndarray) and _is_running(str(name))):
            yield f"{front}{name}", value
        elif depth and (
            isinstance(value, list | tuple) or (hasattr(value, "forward") and hasattr(value, "__dict__"))
        ):
            yield from _held(value, tensor, f"{front}{name}.", depth - 1)


def _is_running(path: str) -> bool:
    return path.rpartition(".")[2].strip("_") in RUNNING


def _at(module: Any, path: str) -> Any:
    for name in path.split("."):
        module = module[int(name)] if name.isdecimal() else getattr(module, name)
    return module


def _put(module: Any, path: str, tensor: Any, array: Array) -> None:
    """Put numbers into a module's tensor. Raises ValueError, where it has another shape."""
    front, _, name = path.rpartition(".")
    owner = _at(module, front) if front else module
    now = _at(owner, name)
    shape = np.shape(numbers_of(now))
    if shape != array.shape:
        raise ValueError(f"its {name} has shape {shape}, and not {array.shape}")
    place = None if isinstance(now, np.ndarray) else holder_of(now)
    if place is not None:
        setattr(now, place, np.array(array))
    else:
        setattr(owner, name, np.array(array) if isinstance(now, np.ndarray) else made_of(tensor, array))
