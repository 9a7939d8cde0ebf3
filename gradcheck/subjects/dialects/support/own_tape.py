"""What the tensors of a file's own recorded of a call: a tape that can be gone back more than once."""

import inspect
from types import ModuleType
from typing import Any

import numpy as np

MOST = 10_000
"""Objects that are looked at."""


class Run:
    """One call of a module: its input, its output, its parameters, and the state of the tape after it."""

    def __init__(self, tensor: Any, inputs: list[Any], out: Any, parameters: list[Any]) -> None:
        self.tensor, self.inputs, self.out, self.parameters = tensor, inputs, out, parameters
        self.states = [(each, state_of(each)) for each in reached([out, *inputs, *parameters])]

    def rewind(self) -> None:
        """Put the tape back to where it was after the call: a backward adds to the gradients that are there."""
        for thing, state in self.states:
            vars(thing).clear()
            vars(thing).update({name: copied(value) for name, value in state.items()})


def reached(roots: list[Any]) -> list[Any]:
    """Return the objects with attributes that can be reached: tensors, ops, contexts, and what closures hold."""
    found: dict[int, Any] = {}
    waiting: list[Any] = list(roots)
    seen: set[int] = set()
    while waiting and len(seen) < MOST:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | ModuleType | np.ndarray | str | int | float | None):
            continue
        seen.add(id(each))
        if hasattr(each, "__dict__") and not inspect.isroutine(each):
            found[id(each)] = each
        waiting.extend(_inside(each))
    return list(found.values())


def _inside(thing: Any) -> list[Any]:
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, dict):
        return list(thing.values())
    if inspect.isfunction(thing):
        return [cell.cell_contents for cell in thing.__closure__ or () if _is_full(cell)]
    if inspect.ismethod(thing):
        return [thing.__self__]
    return list(getattr(thing, "__dict__", {}).values())


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def state_of(thing: Any) -> dict[str, Any]:
    """Return the attributes of an object, as they are now."""
    return {name: copied(value) for name, value in vars(thing).items()}


def copied(value: Any) -> Any:
    """Return a value that later changes of it do not reach: arrays of gradients are added to in place."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return type(value)(value) if type(value) in (list, dict, set) else value
