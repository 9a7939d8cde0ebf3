"""What one call asked: its sizes, its options and its numbers, under the names that predicates use."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Layer

SIDES = ("rows", "columns")
ENDS = (("top", "bottom"), ("left", "right"))
PER_AXIS = ("kernel", "stride", "dilation", "output_pad")
"""The options with one value per axis of the plane."""


@dataclass(frozen=True)
class Values:
    """The numbers of one tensor. What a predicate needs of them is computed once, and only when one asks."""

    array: Array

    @cached_property
    def real(self) -> Array:
        """The numbers in double precision, flat."""
        return np.asarray(self.array, dtype=np.float64).ravel()

    @cached_property
    def finite(self) -> Array:
        """Those that are neither infinite nor NaN."""
        return self.real[np.isfinite(self.real)]

    @cached_property
    def magnitude(self) -> Array:
        """The absolute values of those that are finite and not zero."""
        found = np.abs(self.finite)
        return found[found > 0]

    @property
    def size(self) -> int:
        """How many there are."""
        return self.array.size

    @cached_property
    def rows(self) -> Array:
        """The numbers with one row for each index of the first axis."""
        return (
            self.real.reshape(self.array.shape[0], -1) if self.array.ndim and self.size else self.real[None]
        )

    @cached_property
    def columns(self) -> Array:
        """The numbers with one row for each index of the second axis: the features, or the channels."""
        if self.array.ndim < 2 or not self.size:
            return self.real[None]
        return np.moveaxis(np.asarray(self.array, dtype=np.float64), 1, 0).reshape(self.array.shape[1], -1)

    @cached_property
    def has_equal(self) -> bool:
        """Whether two of the numbers are equal."""
        return bool(np.unique(self.finite).size < self.finite.size)


@dataclass(frozen=True)
class History:
    """What came before a call of one part: which call it is, and how its arguments resemble those of earlier ones.

    `uses` counts the backward calls on the same cache, this one included, and `since` the forward calls after its own.
    """

    number: int = 1
    shapes_before: bool = False
    other_options_before: bool = False
    shapes_of_the_last: bool = False
    numbers_of_the_last: bool = False
    uses: int = 1
    since: int = 0


@dataclass(frozen=True)
class Asked:
    """One call of forward, and the dout of one call of backward on its cache.

    Attributes
    ----------
    layer : Layer
        What was called.
    tensors : mapping
        The arrays by name.
    options : mapping
        The keyword arguments by name.
    out : array
        What the right forward returned.
    dout : array, optional
        What backward was given.
    history : History
        What came before, among the calls of the same part.
    """

    layer: Layer
    tensors: Arrays
    options: Mapping[str, Any]
    out: Array
    dout: Array | None = None
    history: History = field(default_factory=History)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Every extent and every integer option, by its name in words."""
        x, w = self.tensors["x"].shape, self.tensors["w"].shape if "w" in self.tensors else ()
        names = self.layer.cases.grammar.names
        found: dict[str, int] = {"n": x[0]}
        if "h" in names:
            found |= dict(zip(("c", "h", "w"), x[1:], strict=True))
        elif "dims" in names:
            found |= {"features": math.prod(x[1:]), "rank of x": len(x)}
            found |= {f"axis {i} of x": extent for i, extent in enumerate(x) if i}
        else:
            found |= {"c": x[1]}
        if "m" in names or {"c", "d"} <= set(names):
            found["units"] = w[1]
        if "f" in names:
            found["f"] = self.out.shape[1]
        if len(self.out.shape) == 4 and "stride" in names:
            found |= {
                f"output {side}": extent for side, extent in zip(SIDES, self.out.shape[2:], strict=True)
            }
        if "kh" in names:
            found |= {f"kernel {side}": extent for side, extent in zip(SIDES, w[2:], strict=True)}
        return found | self._of_options | self._of_groups

    @property
    def _of_options(self) -> dict[str, int]:
        found = {}
        for name in PER_AXIS:
            if name in self.options:
                word = name.replace("_", " ")
                found |= {f"{word} {side}": v for side, v in zip(SIDES, self.options[name], strict=True)}
        for ends, values in zip(ENDS, self.options.get("pad", ()), strict=False):
            found |= {f"pad {end}": value for end, value in zip(ends, values, strict=True)}
        return found

    @property
    def _of_groups(self) -> dict[str, int]:
        if "groups" not in self.options:
            return {}
        groups = self.options["groups"]
        found = {"groups": groups, "channels per group": self.tensors["x"].shape[1] // groups}
        if "w" in self.tensors:
            found["filters per group"] = self.out.shape[1] // groups
        return found

    @cached_property
    def bias(self) -> str:
        """Which bias there is: none, one number per filter, or one per filter and position."""
        b = self.tensors.get("b")
        return "none" if b is None else "shared" if b.ndim == 1 else "position"

    @cached_property
    def values(self) -> dict[str, Values]:
        """The numbers of each tensor, of ``dout`` too, and of ``out``."""
        given = {**self.tensors, "out": self.out}
        if self.dout is not None:
            given["dout"] = self.dout
        return {name: Values(np.asarray(array)) for name, array in given.items()}

    def window(self, axis: int) -> int:
        """Return the extent of the dilated kernel along an axis of the plane."""
        reach: int = self.sizes[f"kernel {SIDES[axis]}"] - 1
        return reach * self.sizes.get(f"dilation {SIDES[axis]}", 1) + 1
