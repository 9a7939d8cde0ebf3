"""How a function of any operation is called: tensors by position in the layer's order, options by keyword."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from gradcheck.contract import Case, Function
from gradcheck.grammar import Params
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.operations import Operation
from gradcheck.kernels.signature import PLAIN, has_even_sides, is_even, written

MANY = 64
"""The tensors that a function takes which does not say how many."""


@dataclass(frozen=True)
class Keywords:
    """How one function is called.

    Attributes
    ----------
    operation : Operation
        What it computes.
    takes : int
        How many tensors it takes, by position.
    needs : int
        How many of them it cannot do without.
    spelled : mapping
        The name of each option that it has.
    scalars : frozenset of str
        The options that it takes as one number for both axes.
    """

    operation: Operation
    takes: int
    needs: int
    spelled: Mapping[str, str]
    scalars: frozenset[str] = frozenset()

    def express(self, case: Case) -> Case:
        """Return the case with a bias that the function takes, or without one."""
        bias, count = case.params.get("bias"), len(case.shapes)
        if bias == "none" and count < self.needs:
            return case.but(params={**case.params, "bias": "shared"})
        if bias is not None and count > self.takes:
            return case.but(params={**case.params, "bias": "none"})
        return case

    def skips(self, params: Params) -> str | None:
        """Say why the function has no call for the parameters, or None."""
        tensors = list(self.operation.layer.shapes.inputs(params))
        if len(tensors) > self.takes:
            return f"it takes no {tensors[self.takes]}"
        if len(tensors) < self.needs:
            return f"it needs {self.needs} tensors"
        for option, value in self.operation.layer.ours.options(params).items():
            if option not in self.spelled:
                if not any(_is_same(value, each) for each in self.operation.without(option)):
                    return f"it takes no {self.operation.spellings(option)[0]}"
            elif option in self.scalars and isinstance(value, tuple) and not is_even(value):
                return f"it takes one {self.spelled[option]} for both axes"
            elif option == "pad" and not has_even_sides(value) and self.spelled[option] != "pads":
                return f"it takes one {self.spelled[option]} for both sides"
        return self.operation.disputed(params, self.spelled)

    def options(self, params: Params) -> dict[str, Any]:
        """Return the keyword arguments."""
        return {
            self.spelled[option]: written(option, self.spelled[option], value, option in self.scalars)
            for option, value in self.operation.layer.ours.options(params).items()
            if option in self.spelled
        }


def keywords_of(function: Function, label: str, operation: Operation) -> Keywords:
    """Return how a function is called, by the names of its parameters.

    A function whose parameters are not known gets every option by its most usual name. Raises KernelError for one with
    a required parameter of an unknown meaning, or without tensors.
    """
    everything = {option: operation.spellings(option)[0] for option in operation.options}
    try:
        parameters = inspect.signature(getattr(function, "py_func", function)).parameters
    except (TypeError, ValueError):
        return Keywords(operation, MANY, 0, everything)
    found, names = list(parameters.values()), operation.names
    tensors = list(takewhile(lambda each: each.name not in names and each.kind in PLAIN, found))
    spare = [each for each in tensors if each.default not in (each.empty, None)]
    others = [
        each
        for each in found
        if each not in tensors and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    unknown = [each.name for each in others if each.name not in names and each.default is each.empty]
    is_open = any(each.kind is each.VAR_POSITIONAL for each in found)
    if unknown or not (tensors or is_open):
        why = f"it has required parameters that are not known here: {', '.join(unknown)}"
        raise KernelError(f"{label} is not to be called: {why if unknown else 'it takes no tensors'}")
    spelled = {names[each.name]: each.name for each in others if each.name in names}
    if any(each.kind is each.VAR_KEYWORD for each in found):
        spelled = everything | spelled
    numbers = {names[each.name] for each in others if each.name in names and each.annotation in (int, "int")}
    return Keywords(
        operation,
        takes=MANY if is_open else len(tensors) - len(spare),
        needs=sum(each.default is each.empty for each in tensors),
        spelled=spelled,
        scalars=frozenset(numbers),
    )


def _is_same(value: Any, neutral: Any) -> bool:
    """Return whether an option has a value: 1 and (1, 1) are the same stride."""
    if isinstance(value, tuple) and isinstance(neutral, int):
        return all(_is_same(each, neutral) for each in value)
    return bool(value == neutral)
