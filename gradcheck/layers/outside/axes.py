"""The shapes of a declared layer, as text: ``x: n d, w: d m -> n m``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gradcheck.contract import Shape
from gradcheck.grammar import Params

ANY = "..."
"""Stands for one to three axes; their extents are the parameter `DIMS`."""

DIMS = "dims"
TAKEN = {"out", "dout", "cache"}
EXAMPLE = "such as 'x: n d, w: d m -> n m'"


class DeclarationError(ValueError):
    """A layer is declared wrongly. The message says what was expected, what came, and what to do."""


@dataclass(frozen=True)
class Axes:
    """The axes of each tensor, and those of the output (None where the reference decides).

    An axis is a name, a fixed extent, or `ANY`.
    """

    tensors: Mapping[str, tuple[str, ...]]
    result: tuple[str, ...] | None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parameters that the shapes depend on, in the order of the text."""
        axes = [axis for axes in self.tensors.values() for axis in axes if not axis.isdecimal()]
        return tuple(dict.fromkeys(DIMS if axis == ANY else axis for axis in axes))

    def shapes(self, params: Params) -> dict[str, Shape]:
        """Return the shape of each tensor."""
        return {name: _shape(axes, params) for name, axes in self.tensors.items()}

    def output(self, params: Params) -> Shape | None:
        """Return the declared shape of the output, or None if the text has none."""
        return None if self.result is None else _shape(self.result, params)


def _shape(axes: tuple[str, ...], params: Params) -> Shape:
    return tuple(extent for axis in axes for extent in _extents(axis, params))


def _extents(axis: str, params: Params) -> tuple[int, ...]:
    if axis == ANY:
        return tuple(params[DIMS])
    return (int(axis) if axis.isdecimal() else params[axis],)


def read(layer: str, text: str) -> Axes:
    """Return the axes that a text declares.

    Parameters
    ----------
    layer : str
        The layer's name, for messages.
    text : str
        Tensors with their axes, separated by commas; after an arrow the axes of the output.

    Raises
    ------
    DeclarationError
        If the text cannot be parsed, the first tensor is not called x, or the output has an unknown axis.
    """
    if not isinstance(text, str):
        raise DeclarationError(f"{layer}: shapes are a text {EXAMPLE}; got {text!r}")
    inputs, arrow, result = text.partition("->")
    tensors: dict[str, tuple[str, ...]] = {}
    for part in inputs.split(","):
        name, colon, axes = part.partition(":")
        name = name.strip()
        if not colon or not name.isidentifier() or name in tensors:
            raise DeclarationError(f"{layer}: shapes name each tensor once, {EXAMPLE}; got {text!r}")
        tensors[name] = tuple(_axes(layer, axes))
    found = Axes(tensors, tuple(_axes(layer, result)) if arrow else None)
    _refuse(layer, text, found)
    return found


def _axes(layer: str, text: str) -> Iterator[str]:
    for axis in text.split():
        if axis != ANY and not re.fullmatch(r"[a-zA-Z]\w*|[1-9]\d*", axis):
            raise DeclarationError(
                f"{layer}: {axis!r} is not an axis; expected a name (n), an extent (3) or {ANY}"
            )
        if axis == DIMS:
            raise DeclarationError(f"{layer}: an axis cannot be called {DIMS}, the parameter behind {ANY}")
        yield axis


def _refuse(layer: str, text: str, axes: Axes) -> None:
    """Raise DeclarationError for axes that the suite cannot use."""
    first = next(iter(axes.tensors))
    if first != "x":
        raise DeclarationError(f"{layer}: the first tensor is called x; got {first!r} in {text!r}")
    for name in TAKEN & axes.tensors.keys():
        raise DeclarationError(f"{layer}: a tensor cannot be called {name}, which is a result; got {text!r}")
    if not axes.names:
        raise DeclarationError(f"{layer}: at least one axis has a name; got {text!r}")
    for axis in axes.result or ():
        if not axis.isdecimal() and (DIMS if axis == ANY else axis) not in axes.names:
            raise DeclarationError(f"{layer}: no tensor has the output's axis {axis!r}; got {text!r}")
