"""Functions of tensors seen as functions of arrays: then they are fitted and judged as plain functions are.

A view has a group of such functions, which may be parts of one class, and what their arguments mean.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gradcheck.calling import attribute
from gradcheck.calling.signature import Described, described
from gradcheck.contract import Layer, SubjectError
from gradcheck.layers import BY_NAME
from gradcheck.subjects.dialects.dialect import Members
from gradcheck.subjects.dialects.functions.finding import Found, Group
from gradcheck.subjects.dialects.inferred.arguments import Read

Function = Callable[..., Any]

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
CACHED = Described(
    signature=inspect.Signature([inspect.Parameter(name, POSITIONAL) for name in ("dout", "cache")])
)
"""A backward that takes dout and what forward left."""


@dataclass(frozen=True, kw_only=True)
class View:
    """Functions of arrays that stand for an author's functions of tensors.

    Attributes
    ----------
    layer : str
        The layer.
    functions : mapping
        Part -> what the report calls it.
    forward, backward : callable
        The functions of arrays. Forward returns its output, or the output and what backward gets for its cache.
    declared, back_declared : Described
        What they are declared as.
    read : Read, optional
        What the arguments of forward mean, if that is not for its signature to say.
    is_derived : bool
        Whether backward is not the author's, but what a library of tensors recorded.
    order : tuple of str
        The tensors whose gradients backward returns, in order, if that is not to be found out.
    manner : str
        What the report says of how they are called.
    """

    layer: str
    functions: Mapping[str, str]
    forward: Function
    backward: Function | None
    declared: Described
    back_declared: Described = CACHED
    read: Read | None = None
    is_derived: bool = False
    order: tuple[str, ...] = ()
    manner: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> Layer:
        """The layer."""
        return BY_NAME[self.layer]

    @property
    def names(self) -> dict[str, str]:
        """What each function is called in messages: the derived backward has no name of its own."""
        back = self.functions["backward"]
        return {**self.functions, "backward": f"the gradient of {back}" if self.is_derived else back}

    @property
    def members(self) -> dict[str, Any]:
        """The namespace of the functions of arrays."""
        back = {} if self.backward is None else {self.names["backward"]: self.backward}
        return {
            "seed_global_numbers": _nothing,
            **self.extra,
            self.functions["forward"]: self.forward,
            **back,
        }

    @property
    def group(self) -> Group:
        """The functions as a group of plain ones."""
        forward = self._found("forward", self.declared)
        back = () if self.backward is None else (self._found("backward", self.back_declared),)
        return Group(layer=self.spec, forward=forward, backward=back)

    def _found(self, part: str, declared: Described) -> Found:
        name = self.names[part]
        return Found(
            name=name, layer=self.layer, part=part, tensor=None, manner=frozenset(), declared=declared
        )


def _nothing(seed: int) -> None:
    """Seed nothing: calls on PyTorch's tensors are seeded one by one."""


def signature_without(declared: Described, *names: str) -> Described:
    """Return a function's declaration without its first parameters of these names: self, ctx."""
    parameters = list(declared.parameters)
    while parameters and parameters[0].name in names:
        parameters = parameters[1:]
    return replace(declared, signature=inspect.Signature(parameters))


def is_library(declared: Described) -> bool:
    """Return whether PyTorch itself has a function or a class, and not the file that imports it."""
    return declared.module.partition(".")[0] == "torch"


def method(members: Members, owner: str, name: str) -> Described:
    """Return what a method of a class is declared as."""
    try:
        return described(attribute(f"{owner}.{name}", members[owner], name))
    except SubjectError:
        return Described()
