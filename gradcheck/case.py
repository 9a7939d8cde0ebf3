"""A case: one concrete problem that prints as one line and is rebuilt from that line.

``conv2d n2c3h5w7_f4kh3kw2_s2x1_p1x0_d1x1_g1 float64 seed=17`` names the layer, its geometry, the dtype,
the seed of the numbers, and, where they are not the ordinary ones, what they are filled with.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcheck.contract import Layer

Params = Mapping[str, Any]
"""Extents and hyper-parameters of a case, by name: ``{"n": 2, "stride": (2, 1), "pad": ((1, 1), (0, 0))}``."""

DTYPES = ("float64", "float32", "float16")
FILLS = ("plain", "ties", "nan", "inf", "large", "thirds", "quarters")


@dataclass(frozen=True)
class Kind:
    """How one sort of value is written in a case line."""

    pattern: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _read_pads(text: str) -> tuple[tuple[int, int], ...]:
    """Read ``1x0`` (the same before and after) or ``1-2x0-1`` (before-after)."""
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
REAL = Kind(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", float, lambda value: f"{value:g}")


def words(*options: str) -> Kind:
    """Return the kind of a parameter that is one of a few words."""
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
    "bias": words("shared", "none", "position"),
    "mode": words("train", "eval"),
    "rounding": words("floor", "ceil"),
    "divisor": words("padded", "real"),
    "variance": words("unbiased", "biased"),
}
"""The kind of each parameter that is not a plain extent. A parameter is written alike in every layer."""


@dataclass(frozen=True)
class Grammar:
    """How a layer's geometry reads, as a template: ``n{n}c{c}_s{stride}[_b{bias}]``.

    A group in brackets is left out where its value is the one in `defaults`.
    """

    template: str
    defaults: Params = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parameters in the order in which they are written."""
        return tuple(re.findall(r"\{(\w+)\}", self.template))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = self.template.replace("[", "(?:").replace("]", ")?")
        return re.compile(re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{_kind(m[1]).pattern})", text))

    def write(self, params: Params) -> str:
        """Return the geometry as text."""

        def group(match: re.Match[str]) -> str:
            name = re.findall(r"\{(\w+)\}", match[0])[0]
            return "" if params[name] == self.defaults[name] else match[0][1:-1]

        text = re.sub(r"\[[^]]*\]", group, self.template)
        return re.sub(r"\{(\w+)\}", lambda match: _kind(match[1]).write(params[match[1]]), text)

    def read(self, text: str) -> dict[str, Any]:
        """Return the parameters that `text` writes.

        Raises
        ------
        ValueError
            If the text does not follow the template.
        """
        match = self._pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"the geometry {text!r} does not read as {self.template}")
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        return {**self.defaults, **{name: _kind(name).read(value) for name, value in found.items()}}


def _kind(name: str) -> Kind:
    return KINDS.get(name, INT)


@dataclass(frozen=True)
class Case:
    """One concrete problem: a layer, its geometry, a dtype, a fill and a seed."""

    layer: "Layer"
    params: Params
    dtype: str = "float64"
    fill: str = "plain"
    seed: int = 0

    def __str__(self) -> str:
        return self._line

    @cached_property
    def _line(self) -> str:
        words = [self.layer.name, self.layer.grammar.write(self.params), self.dtype]
        if self.fill != "plain":
            words.append(f"fill={self.fill}")
        return " ".join([*words, f"seed={self.seed}"])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        """Print as one line in Hypothesis, too, which else spells out the fields of a dataclass."""
        printer.text(repr(self))

    def but(self, **changes: Any) -> "Case":
        """Return this case with some fields changed."""
        return replace(self, **changes)

    @property
    def size(self) -> int:
        """How many numbers the case's inputs hold."""
        return sum(_product(shape) for shape in self.layer.tensors(self.params).values())


def _product(shape: Iterable[int]) -> int:
    total = 1
    for extent in shape:
        total *= extent
    return total


def parse_case(line: str, layers: "Iterable[Layer]") -> Case:
    """Rebuild the case that `line` names.

    Raises
    ------
    ValueError
        If the line names no known layer, or its geometry, dtype, fill or seed does not read.
    """
    words = line.split()
    by_name = {layer.name: layer for layer in layers}
    if len(words) < 2 or words[0] not in by_name:
        raise ValueError(f"a case line begins with a layer and its geometry; got {line!r}")
    layer = by_name[words[0]]
    case = Case(layer, layer.grammar.read(words[1]))
    for word in words[2:]:
        case = _with_word(case, word)
    return case


def _with_word(case: Case, word: str) -> Case:
    key, _, value = word.partition("=")
    if word in DTYPES:
        return case.but(dtype=word)
    if key == "fill" and value in FILLS:
        return case.but(fill=value)
    if key == "seed" and value.isdecimal():
        return case.but(seed=int(value))
    raise ValueError(
        f"{word!r} is no dtype ({', '.join(DTYPES)}), fill=NAME ({', '.join(FILLS)}) or seed=NUMBER"
    )
