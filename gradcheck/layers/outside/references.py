"""The reference function of a declared layer, as a pair in the suite's own naming."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Function, Pair
from gradcheck.evidence.exact import unit_step
from gradcheck.layers.outside.axes import DeclarationError

STEP = 2.0**-17
"""The step of the differences that stand in for a backward: rounding and truncation are about equal."""

Cache = tuple[Arrays, dict[str, Any]]
"""The tensors of a call, and its options."""


@dataclass(frozen=True)
class Declared:
    """A function of tensors and options, and perhaps its backward, ``backward(dout, *tensors, **options)``."""

    layer: str
    tensors: tuple[str, ...]
    function: Function
    backward: Function | None = None

    def out(self, tensors: Arrays, options: dict[str, Any]) -> Array:
        """Return the output on copies of the tensors.

        Raises
        ------
        DeclarationError
            If the function returns anything but one array of numbers.
        """
        with np.errstate(all="ignore"):
            returned = self.function(*(tensors[name].copy() for name in self.tensors), **options)
        if isinstance(returned, tuple | list) or (found := np.asarray(returned)).dtype.kind not in "fciub":
            raise DeclarationError(
                f"{self.layer}: the reference returned {_what(returned)}; expected one array of numbers: "
                "return the output alone"
            )
        if found.dtype.kind == "c" and all(values.dtype.kind != "c" for values in tensors.values()):
            raise DeclarationError(f"{self.layer}: the reference returns complex numbers for real ones")
        return found if found.dtype.kind in "fc" else found.astype(np.float64)

    def steepness(self, tensors: Arrays, options: dict[str, Any]) -> float:
        """Return how much the output changes with the tensors, for a step in all entries of one; at least 1."""
        rng, steepest = np.random.default_rng(0), 1.0
        for name, x in tensors.items():
            if x.dtype.kind == "f":
                step = STEP * max(1.0, float(np.abs(x).max(initial=0.0)))
                v = step * rng.choice((-1.0, 1.0), size=x.shape)
                after, before = (self.out({**tensors, name: moved}, options) for moved in (x + v, x - v))
                slopes = np.abs(after - before) / (2 * step)
                steepest = max(steepest, float(slopes.max(initial=0.0, where=np.isfinite(slopes))))
        return steepest

    def pair(self, differentiable: Sequence[str]) -> Pair:
        """Return the forward and the backward of `naive` and `fast`; without a backward, one by differences."""

        def forward(**given: Any) -> tuple[Array, Cache]:
            tensors = {name: given.pop(name).copy() for name in self.tensors}
            return self.out(tensors, given), (tensors, given)

        def backward(dout: Array, cache: Cache) -> tuple[Array, ...]:
            tensors, options = cache
            if self.backward is None:
                return tuple(self._differences(dout, tensors, options, name) for name in differentiable)
            with np.errstate(all="ignore"):
                returned = self.backward(dout.copy(), *(each.copy() for each in tensors.values()), **options)
            return tuple(returned) if isinstance(returned, tuple | list) else (returned,)

        return Pair(forward, backward, by_differences=self.backward is None)

    def _differences(self, dout: Array, tensors: Arrays, options: dict[str, Any], name: str) -> Array:
        """Return the gradient of one tensor by central differences."""
        x = tensors[name]
        step = STEP * max(1.0, float(np.abs(x).max(initial=0.0)))

        def slope(i: int) -> float:
            e = step * unit_step(x, i)
            after, before = (self.out({**tensors, name: moved}, options) for moved in (x + e, x - e))
            return float(np.sum(dout * after) - np.sum(dout * before)) / (2 * step)

        return np.array([slope(i) for i in range(x.size)]).reshape(x.shape)


def _what(returned: object) -> str:
    if isinstance(returned, tuple | list):
        return f"a {type(returned).__name__} of {len(returned)}"
    return repr(returned) if returned is None else f"a {type(returned).__name__}"
