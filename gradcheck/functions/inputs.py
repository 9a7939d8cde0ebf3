"""Collect the inputs of a forward, given by keyword, in a mapping or in a sequence, under one name each."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradcheck.contract import Function

Inputs = Mapping[str, Any] | Sequence[Any]

VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def collect(forward: Function, inputs: Inputs | None, named: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the inputs by name, and how many of them, from the first, are positional.

    Parameters
    ----------
    forward : callable
        Its signature determines the names of positional inputs, and the order of named inputs.
    inputs : mapping or sequence, optional
        Inputs by name, or positional inputs.
    named : mapping
        Inputs given by keyword.

    Raises
    ------
    TypeError
        If `inputs` is neither a mapping nor a list or tuple, if it may be meant for forward, or if an input is given
        twice.
    """
    if inputs is None:
        return _in_order_of(forward, dict(named)), 0
    if isinstance(inputs, Mapping):
        wrong = [name for name in inputs if not isinstance(name, str)]
        if wrong:
            raise TypeError(f"check_gradients: inputs has the key {wrong[0]!r}; expected names of inputs")
        return _in_order_of(forward, _merged(inputs.items(), named)), 0
    if not isinstance(inputs, list | tuple):
        raise TypeError(
            f"check_gradients: inputs is of type {type(inputs).__name__}; expected a mapping of names, or a list or "
            "tuple of positional inputs: inputs=[x]"
        )
    if "inputs" in _parameters(forward):  # the list may be meant for forward
        raise _clash("inputs")
    return _merged(zip(_positional_names(forward, len(inputs)), inputs, strict=True), named), len(inputs)


def clashes(forward: Function, options: Iterable[str], given: Mapping[str, Any]) -> list[str]:
    """Return the options that are also arguments of forward but not among the given inputs."""
    return [name for name in options if name in _parameters(forward) and name not in given]


def refuse_clashes(forward: Function, options: Iterable[str], given: Mapping[str, Any]) -> None:
    """Raise TypeError for the first option that may be meant for forward."""
    for name in clashes(forward, options, given):
        raise _clash(name)


def _clash(name: str) -> TypeError:
    return TypeError(
        f"check_gradients: forward takes an argument {name}, and {name}= is an option here: pass the argument as "
        f'inputs={{"{name}": ...}}; {name}= next to it is the option'
    )


def _merged(pairs: Iterable[tuple[str, Any]], named: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in [*pairs, *named.items()]:
        if name in found:
            raise TypeError(f"check_gradients: the input {name} is given twice: in inputs, and as {name}=")
        found[name] = value
    return found


def _in_order_of(forward: Function, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs in the order of forward's parameters, which is the order of backward's gradients."""
    order = {name: place for place, name in enumerate(_parameters(forward))}
    if not inputs.keys() <= order.keys():
        return inputs
    return dict(sorted(inputs.items(), key=lambda item: order[item[0]]))


def _positional_names(forward: Function, count: int) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, each in _parameters(forward).items() if each.kind in kinds][:count]
    return [*names, *(f"arg{place}" for place in range(len(names), count))]


def _parameters(forward: Function) -> dict[str, inspect.Parameter]:
    """Return the named parameters of a function; none if it has no signature, as some built-in functions."""
    try:
        parameters = inspect.signature(forward).parameters
    except (TypeError, ValueError):
        return {}
    return {name: each for name, each in parameters.items() if each.kind not in VARIADIC}
