"""Write a layer's geometry in a case line, and parse it: ``n2c3h5w7_s2x1_p1x0``."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Params = Mapping[str, Any]
"""Extents and hyper-parameters of a case, by name: ``{"n": 2, "stride": (2, 1), "pad": ((1, 1), (0, 0))}``."""


@dataclass(frozen=True)
class Kind:
    """How values of one kind are written in a case line, and parsed."""

    pattern: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _read_pads(text: str) -> tuple[tuple[int, int], ...]:
    """Parse ``1x0`` (the same before and after) or ``1-2x0-1`` (before-after)."""
    sides = [[int(number) for number in axis.split("-")] for axis in text.split("x")]
    return tuple((side[0], side[-1]) for side in sides)


def _write_pads(pads: Iterable[tuple[int, int]]) -> str:
    return "x".join(f"{before}" if before == after else f"{before}-{after}" for before, after in pads)


def _read_extents(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("x"))


def _write_extents(extents: Iterable[int]) -> str:
    return "x".join(str(extent) for extent in extents)


INT = Kind(r"\d+", int, str)


EXTENTS = Kind(r"\d+(?:x\d+)*", _read_extents, _write_extents)


PAIR = Kind(r"\d+x\d+", _read_extents, _write_extents)


PADS = Kind(r"\d+(?:-\d+)?x\d+(?:-\d+)?", _read_pads, _write_pads)


ALL_PADS = Kind(r"\d+(?:-\d+)?(?:x\d+(?:-\d+)?)*", _read_pads, _write_pads)
"""Padding of any number of axes."""


REAL = Kind(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", float, lambda value: f"{value:g}")


def words(*options: str) -> Kind:
    """Return the kind for a parameter with a fixed set of words."""
    return Kind("|".join(options), str, str)


KINDS = {
    "dims": EXTENTS,
    "kernel": PAIR,
    "stride": PAIR,
    "dilation": PAIR,
    "output_pad": PAIR,
    "pad": PADS,
    "eps": REAL,
    "momentum": REAL,
    "keep_prob": REAL,
    "slope": REAL,
    "margin": REAL,
    "alpha": REAL,
    "delta": REAL,
    "reg": REAL,
    "bias": words("shared", "none", "position"),
    "mode": words("train", "eval"),
    "rounding": words("floor", "ceil"),
    "divisor": words("padded", "real"),
    "variance": words("unbiased", "biased"),
    "seeding": words("seeded", "unseeded"),
    "approximate": words("none", "tanh"),
    "ignored": words("none", "one", "most"),
    "masking": words("none", "all", "shared", "some", "tail"),
    "order": words("any", "causal"),
    "reset": words("after", "before"),
    "label": Kind(r"-?\d+", str, str),
}
"""The kind of each parameter that is not a plain extent. Every layer writes a parameter in the same way."""


@dataclass(frozen=True)
class Grammar:
    """The template of a layer's geometry: ``n{n}c{c}_s{stride}[_b{bias}]``.

    A group in brackets is omitted if its parameter has the value in `defaults`. `kinds` has the kinds of parameters
    that only this layer has; it overrides `KINDS`.
    """

    template: str
    defaults: Params = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters, in the order of the template."""
        return tuple(re.findall(r"\{(\w+)\}", self.template))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = self.template.replace("[", "(?:").replace("]", ")?")
        return re.compile(re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{self._kind(m[1]).pattern})", text))

    def write(self, params: Params) -> str:
        """Return the geometry as text."""

        def group(match: re.Match[str]) -> str:
            name = re.findall(r"\{(\w+)\}", match[0])[0]
            default = self.defaults[name]
            return "" if params.get(name, default) == default else match[0][1:-1]

        text = re.sub(r"\[[^]]*\]", group, self.template)
        return re.sub(r"\{(\w+)\}", lambda match: self._kind(match[1]).write(params[match[1]]), text)

    def read(self, text: str) -> dict[str, Any]:
        """Return the parameters that `text` describes.

        Raises
        ------
        ValueError
            If the text does not follow the template.
        """
        match = self._pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"the geometry {text!r} does not have the form {self.template}")
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        return {**self.defaults, **{name: self._kind(name).read(value) for name, value in found.items()}}

    def _kind(self, name: str) -> Kind:
        return self.kinds.get(name) or KINDS.get(name, INT)
