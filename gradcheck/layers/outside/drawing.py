"""What is drawn for a declared layer: the extents of its axes and the options of its function, and how they read."""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Choose
from gradcheck.grammar import EXTENTS, INT, Grammar, Kind, Params
from gradcheck.layers.drawn import Seeded
from gradcheck.layers.outside.axes import DIMS, Axes, DeclarationError

Values = Collection[Any]
"""What a parameter is drawn from: ``range(1, 5)``, or a tuple of values."""

SAMPLES, EXTENT = range(1, 5), range(1, 6)
"""The default extents of the axis n, and of any other axis."""

INTEGER = Kind(r"-?\d+", int, str)
REAL = Kind(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", float, repr)
TRUTH = Kind("True|False", lambda text: text == "True", str)


@dataclass(frozen=True)
class Drawn:
    """The parameters of a layer, and the values of each; for `DIMS` no values mean one to three axes."""

    axes: Axes
    values: Mapping[str, Values]

    @property
    def options(self) -> tuple[str, ...]:
        """The parameters that are options of the function."""
        return tuple(name for name in self.values if name not in self.axes.names)

    def grammar(self) -> Grammar:
        """Return how a case line writes the parameters: axes first, then the options."""
        axes = "".join(f"d{{{name}}}" if name == DIMS else f"{name}{{{name}}}" for name in self.axes.names)
        kinds = {name: EXTENTS if name == DIMS else INT for name in self.axes.names}
        kinds |= {name: _kind(self.values[name]) for name in self.options}
        return Grammar("_".join([axes, *(f"{name}{{{name}}}" for name in self.options)]), {}, kinds)

    def draw(self, choose: Choose) -> dict[str, Any]:
        """Draw all parameters."""
        return {name: _drawn(values, choose) for name, values in self.values.items()}

    @property
    def least(self) -> dict[str, Any]:
        """The smallest axes, with the first value of each option."""
        return {
            name: next(iter(values)) if name in self.options else min(values, default=(1,))
            for name, values in self.values.items()
        }

    def flaw(self, params: Params) -> str | None:
        """Return why parameters were not declared, or None. Extents above a range are welcome."""
        for name, values in self.values.items():
            value = params[name]
            if name == DIMS or value in values or (name == "n" and value == 0):
                continue
            if name in self.options or not isinstance(values, range) or value < min(values):
                return f"{name} is {value}; the layer is declared for {_listed(values)}"
        return None

    def battery(self, is_possible: Callable[[Params], bool]) -> list[dict[str, Any]]:
        """Return a few possible parameters: with extents that differ, with equal ones, with every option's values."""
        choose = Seeded(np.random.default_rng(0))
        found = [params for params in (self.draw(choose) for _ in range(120)) if is_possible(params)]
        found.sort(key=lambda params: -self._variety(params))
        chosen = found[:2]
        for best in (self._equality, self._size):
            chosen += sorted(found, key=lambda params: -best(params))[:1]
        for name in self.options:
            chosen += [p for v in self.values[name] for p in _first(found, name, v)]
        return chosen

    def _extents(self, params: Params) -> list[int]:
        return [params[name] for name in self.axes.names if name != DIMS] + list(params.get(DIMS, ()))

    def _variety(self, params: Params) -> float:
        """Return how well extents distinguish the axes: several samples, different extents above 1, none large."""
        extents = self._extents(params)
        distinct = len(set(extents)) + 2 * (extents[0] > 1)
        return 4 * distinct + 2 * sum(e > 1 for e in extents) - len(extents) / 2 - sum(extents) / 8

    def _size(self, params: Params) -> float:
        return math.prod(self._extents(params))

    def _equality(self, params: Params) -> float:
        extents = self._extents(params)
        return max(extents.count(extent) * (1 < extent < 6) for extent in extents) - sum(extents) / 64


def of(layer: str, axes: Axes, draw: Mapping[str, Values] | None) -> Drawn:
    """Return what a declaration draws.

    Raises
    ------
    DeclarationError
        If the values of a parameter are not a collection of extents, numbers or words.
    """
    default: dict[str, Values] = {name: SAMPLES if name == "n" else EXTENT for name in axes.names}
    if DIMS in default:
        default[DIMS] = ()
    values = default | dict(draw or {})
    for name, given in values.items():
        if name != DIMS and (isinstance(given, str) or not isinstance(given, Collection) or not len(given)):
            raise DeclarationError(
                f"{layer}: draw has {given!r} for {name}; expected the values to draw from, such as (1, 2, 4) or "
                "range(1, 6)"
            )
        _refuse(layer, name, given, is_axis=name in axes.names)
    return Drawn(axes, values)


def _refuse(layer: str, name: str, values: Values, *, is_axis: bool) -> None:
    if name == DIMS and not is_axis:
        raise DeclarationError(
            f"{layer}: draw has values for {DIMS}, which are the axes behind ...; shapes has no ..."
        )
    for value in values:
        fits = _is_extent(value) if is_axis else _is_option(value)
        if name == DIMS:
            fits = isinstance(value, tuple) and bool(value) and all(_is_extent(each) for each in value)
        if not fits:
            kind = "extents of at least 1" if is_axis else "numbers, True, False or words"
            raise DeclarationError(f"{layer}: draw has {value!r} among the values of {name}; expected {kind}")


def _is_extent(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_option(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[A-Za-z][\w-]*", value) is not None
    return isinstance(value, int | float) and math.isfinite(value)


def _kind(values: Values) -> Kind:
    """Return how an option reads."""
    if all(isinstance(value, bool) for value in values):
        return TRUTH
    if any(isinstance(value, str) for value in values):
        return Kind(r"[A-Za-z][\w-]*", str, str)
    return REAL if any(isinstance(value, float) for value in values) else INTEGER


def _drawn(values: Values, choose: Choose) -> Any:
    if not values:
        return tuple(choose.integer(1, 4) for _ in range(choose.integer(1, 3)))
    if isinstance(values, range) and values.step == 1:
        return choose.integer(values[0], values[-1])
    return choose.one_of(*values)


def _first(found: list[dict[str, Any]], name: str, value: Any) -> Iterator[dict[str, Any]]:
    yield from [params for params in found if params[name] == value][:1]


def _listed(values: Values) -> str:
    return f"{min(values)} and more" if isinstance(values, range) else ", ".join(map(str, values))
