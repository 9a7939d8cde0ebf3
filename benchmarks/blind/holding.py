"""What a predicate is made of: tests of sizes and of numbers, and what a layer has to be tested."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from blind.asked import SIDES, Asked, Values
from gradcheck.contract import Layer

Holds = Callable[[Asked], bool]


def names_in(layer: Layer) -> tuple[str, ...]:
    return layer.cases.grammar.names


def has_option(layer: Layer, option: str) -> bool:
    return option in names_in(layer) or (option == "kernel" and "kh" in names_in(layer))


def axes_of(layer: Layer) -> Iterator[str]:
    """Yield the extents of a layer's tensors that are not those of a kernel."""
    names = names_in(layer)
    yield "n"
    is_classifier = {"c", "d"} <= set(names)  # its columns are called c here, and its classes are its units
    yield from (name for name in ("c", "h", "w", "f") if name in names)
    if "d" in names and not is_classifier:
        yield "c"
    if "dims" in names:
        yield from ("features", "axis 1 of x", "axis 2 of x", "axis 3 of x")
    if "m" in names or is_classifier:
        yield "units"
    if "stride" in names:
        yield from (f"output {side}" for side in SIDES)


def floats_of(layer: Layer) -> list[str]:
    """Return the tensors of a layer that hold real numbers."""
    shapes = layer.shapes.inputs(layer.case(layer.cases.tiny).params)
    return [name for name in shapes if is_float(layer, name)]


def is_float(layer: Layer, name: str) -> bool:
    return name != "mask" and (name != "y" or "dims" in names_in(layer))


def equals(name: str, value: float) -> Holds:
    return lambda asked: asked.sizes.get(name) == value


def at_least(name: str, value: float) -> Holds:
    return lambda asked: asked.sizes.get(name, -1) >= value


def compared(first: str, second: str, compare: Callable[[int, int], bool]) -> Holds:
    return lambda a: first in a.sizes and second in a.sizes and compare(a.sizes[first], a.sizes[second])


def both(first: Holds, second: Holds) -> Holds:
    return lambda asked: first(asked) and second(asked)


def tested(name: str, test: Callable[[Values], Any]) -> Holds:
    """Return whether a test holds for a tensor that is there, and has numbers."""
    return lambda a: name in a.values and a.values[name].size > 0 and bool(test(a.values[name]))


def above(name: str, bound: float) -> Holds:
    return tested(name, lambda v: v.magnitude.max(initial=0) > bound)


def below(name: str, bound: float) -> Holds:
    return tested(name, lambda v: v.magnitude.min(initial=math.inf) < bound)


def not_short(name: str) -> Holds:
    """Return whether a number is no decimal of two places."""
    return tested(name, lambda v: (np.round(v.finite, 2) != v.finite).any())
