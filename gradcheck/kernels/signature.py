"""How a function is called: which of its parameters are the stride, the pad, the dilation and the groups.

One that does not take our call is reported as that, with both signatures.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import Any

from gradcheck.calling import guarded
from gradcheck.contract import Case, Function, Uncalled
from gradcheck.grammar import Params
from gradcheck.kernels.kernel import KernelError
from gradcheck.text import one_line

SPELLINGS = {
    "stride": ("stride", "strides", "window_strides"),
    "pad": ("padding", "pad", "pads"),
    "dilation": ("dilation", "dilations", "rhs_dilation", "rate"),
    "g": ("groups", "group", "feature_group_count"),
    "output_pad": ("output_padding", "output_pad"),
}
"""The names of hyper-parameters, the one that most frameworks use first."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "stride": ((1, 1),),
    "pad": (((0, 0), (0, 0)),),
    "dilation": ((1, 1),),
    "g": (1,),
    "output_pad": ((0, 0),),
}
"""What a function without such a parameter does."""

NAMED = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
OURS = ["stride", "pad"]
"""How the keywords of our own functions begin."""

PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

SHOWN = 100
"""The most characters of an author's signature in a message."""


@dataclass(frozen=True)
class Signature:
    """How one function is called.

    Attributes
    ----------
    takes : int
        How many tensors it takes, by position.
    spelled : mapping
        The name of each hyper-parameter that it has.
    scalars : frozenset of str
        The hyper-parameters that it takes as one number for both axes.
    is_ours : bool
        Whether it is called like our own functions, which know a pad for each side and a bias for each position.
    needs_bias : bool
        Whether there is no call without a bias.
    """

    takes: int
    spelled: Mapping[str, str]
    scalars: frozenset[str] = frozenset()
    is_ours: bool = False
    needs_bias: bool = False

    def express(self, case: Case) -> Case:
        """Return the case with a bias that the function takes: none, one for each filter, or for each position."""
        bias = case.params.get("bias")
        if bias is None or self.is_ours or (bias == "none" and not self.needs_bias):
            return case
        return case.but(params={**case.params, "bias": "shared" if self.takes > 2 else "none"})

    def skips(self, params: Params) -> str | None:
        """Say why the function has no call for the parameters, or None."""
        for name, neutral in NEUTRAL.items():
            value = params.get(name, neutral[0])
            if name not in self.spelled and value not in neutral:
                return f"it takes no {SPELLINGS[name][0]}"
            if name in self.scalars and not is_even(value):
                return f"it takes one {self.spelled[name]} for both axes"
        if not has_even_sides(params.get("pad", ())) and not self._takes_sides():
            return f"it takes one {self.spelled['pad']} for both sides"
        return None

    def _takes_sides(self) -> bool:
        is_of_jax = self.spelled.get("stride") == "window_strides"
        return self.is_ours or is_of_jax or self.spelled.get("pad") == "pads"

    def options(self, params: Params) -> dict[str, Any]:
        """Return the keyword arguments."""
        return {
            spelling: written(name, spelling, params[name], name in self.scalars, self.spelled)
            for name, spelling in self.spelled.items()
            if name in params
        }


def signature_of(function: Function, label: str) -> Signature:
    """Return how a function is called, by the names of its parameters.

    A function whose parameters are not known is called as PyTorch's are. Raises KernelError for one with a required
    parameter of an unknown meaning.
    """
    try:
        parameters = inspect.signature(getattr(function, "py_func", function)).parameters
    except (TypeError, ValueError):
        return Signature(3, {name: spellings[0] for name, spellings in SPELLINGS.items()})
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return Signature(3, {name: spellings[0] for name, spellings in SPELLINGS.items()})
    spelled = {NAMED[name]: name for name in parameters if name in NAMED}
    others = [each for each in parameters.values() if each.name not in NAMED]
    first = takewhile(lambda each: each.name not in NAMED and each.kind in PLAIN, parameters.values())
    tensors = list(first)[:3]
    unknown = [each.name for each in others if each.default is each.empty and each not in tensors]
    if len(tensors) < 2 or unknown:
        raise KernelError(f"{label} is not to be called: {_complaint(unknown)}")
    scalars = {NAMED[name] for name, each in parameters.items() if name in NAMED and _is_number(each)}
    spare = [each for each in tensors if each.default not in (each.empty, None)]
    ours = [name for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY]
    return Signature(
        takes=len(tensors) - len(spare),
        spelled=spelled,
        scalars=frozenset(scalars - {"g"}),
        is_ours=ours[:2] == OURS,
        needs_bias=len(tensors) > 2 and tensors[2].default is tensors[2].empty,
    )


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
    except Uncalled:
        misfit = _misfit(name, function, arguments, options)
        if misfit is None:
            raise
        raise Uncalled(misfit, TypeError) from None


def _complaint(unknown: list[str]) -> str:
    return (
        f"it has required parameters that are not known here: {', '.join(unknown)}"
        if unknown
        else "it takes no x and w"
    )


def _is_number(parameter: inspect.Parameter) -> bool:
    return parameter.annotation in (int, "int")


def is_even(value: Any) -> bool:
    """Return whether an option is the same along both axes."""
    return isinstance(value, int) or (len({str(each) for each in value}) == 1 and has_even_sides(value))


def has_even_sides(value: Any) -> bool:
    """Return whether a padding is the same on both sides of each axis."""
    return all(isinstance(each, int) or each[0] == each[1] for each in value)


def written(
    name: str, spelling: str, value: Any, scalar: bool, spelled: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """Return a hyper-parameter in the form that goes with its spelling."""
    if name != "pad" and not isinstance(value, tuple):
        return value
    if name != "pad":
        return value[0] if scalar else value
    if spelling == "pads":  # ONNX: all the beginnings, then all the ends
        return [side[end] for end in (0, 1) for side in value]
    if spelled.get("stride") == "window_strides":  # jax.lax
        return [tuple(side) for side in value]
    if scalar:
        return value[0][0]
    return tuple(side[0] for side in value) if has_even_sides(value) else value


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
