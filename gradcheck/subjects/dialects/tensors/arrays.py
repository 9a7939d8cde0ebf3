"""Functions of arrays that call an author's function on PyTorch's tensors, or directly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gradcheck.calling import attribute
from gradcheck.calling.description import facts_of
from gradcheck.subjects.dialects.dialect import Members


@dataclass(frozen=True)
class ArrayFunction:
    """A function of arrays that stands for a function of the author's: it is declared as that one is.

    `owner` is a function, or a class whose method `name` is meant.
    """

    call: Callable[..., Any]
    label: str
    owner: Any
    name: str = ""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it."""
        return self.call(*arguments, **keywords)

    def facts_inside_(self) -> Any:
        """Return what the author's function is declared as."""
        thing = attribute(self.label, self.owner, self.name) if self.name else self.owner
        return thing.facts_inside_() if hasattr(type(thing), "facts_inside_") else facts_of(thing)


def direct(members: Members, label: str) -> ArrayFunction:
    """Return a function, or a method (``Conv.forward``), that takes arrays itself."""
    owner, name = _place(members, label)

    def call(*arguments: Any, **keywords: Any) -> Any:
        function = attribute(label, owner, name) if name else owner
        return function(*arguments, **keywords)

    return ArrayFunction(call, label, owner, name)


def on_tensors(members: Members, label: str) -> ArrayFunction:
    """Return a function, or a method, that takes PyTorch's tensors and gives them."""
    owner, name = _place(members, label)

    def call(*arguments: Any, **keywords: Any) -> Any:
        return members["torch_called"](owner, name, arguments, keywords)

    return ArrayFunction(call, label, owner, name)


def recorded(members: Members, label: str, wanted: Sequence[int | str]) -> ArrayFunction:
    """Return a function of tensors that returns its output, and what autograd recorded; `wanted` has gradients."""
    owner, name = _place(members, label)

    def call(*arguments: Any, **keywords: Any) -> Any:
        return members["torch_recorded"](owner, name, tuple(wanted), arguments, keywords)

    return ArrayFunction(call, label, owner, name)


def pulled_back(members: Members) -> Callable[..., Any]:
    """Return the backward of what autograd recorded."""
    return partial(_pulled_back, members)


def _pulled_back(members: Members, dout: Any, graph: Any) -> Any:
    return members["torch_backward"](dout, graph)


def _place(members: Members, label: str) -> tuple[Any, str]:
    owner, _, name = label.partition(".")
    return members[owner], name
