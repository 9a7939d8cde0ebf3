"""How precise a gradient can be: by how much it moves if everything it is computed from moves by one rounding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.derivative.directions import BLOCK

__tracebackhide__ = True

SHAKES, MORE_SHAKES = 2, 8
"""Calls of backward with all its inputs moved by one rounding: for every gradient, and before one is called wrong."""

POWERS = (0.25, 0.38, 0.5, 0.62, 0.75)
"""Steps, as powers of the spacing of 1.0: large ones see the curve of the gradient, small ones may see no rounding."""

PLACES = (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)
"""Gradients at equal steps, whose differences show the rounding inside backward."""

QUANTILE, STRETCH = 0.75, 1.5
"""The quantile of the distances from the median that stands for a standard deviation, 1.15 of it for a normal one."""

WHOLE = 0.01
"""How near to a whole number a multiple of a grid's spacing is."""

WORST = 4.0
"""Factor on a typical rounding error for the largest one: another right formula may round more than this one."""

ALLOWED = 3.0
"""Standard deviations that the rounding of many entries may add up to before a slope is looked into."""

KEPT = 2**18
"""Entries up to which the shaken gradients are kept, to see what they add up to along a direction."""


LARGE = 2**20
"""Entries from which the bounds are kept in single precision, to save memory."""


class HasCall(Protocol):
    """Functions that can be called at changed inputs."""

    @property
    def tensors(self) -> Arrays:
        """The inputs that are differentiated."""

    @property
    def eps(self) -> dict[str, float]:
        """The spacing of 1.0 in the dtype of each."""

    @property
    def extremes(self) -> dict[str, tuple[float, float]]:
        """The smallest number above 0 and the largest one in the dtype of each."""

    def call(self, **changed: Array) -> tuple[Array, Callable[[Array], Any]]:
        """Return output and backward."""

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor in double precision."""

    def own(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor in the caller's own precision."""

    def gradients(self, back: Callable[[Array], Any], dout: Array) -> Arrays:
        """Return the gradients by name."""

    def widened(self) -> "HasCall | None":
        """Return the same functions with inputs in double precision; None if that is not another question."""


@dataclass
class Precision:
    """The rounding errors of a gradient: a typical one for each entry, and what they add up to along a direction."""

    eps: float
    typical: Array
    changes: list[Array]

    def along(self, moved: Array, v: Array, weight: float) -> tuple[float, float]:
        """Return what rounding is likely to add up to along a direction, and the very most.

        Parameters
        ----------
        moved, v : ndarray
            The flat indices of the entries that move, and by how much.
        weight : float
            The sum of the claimed contributions without their signs: a common factor in all of them may be rounded.
        """
        terms = self.typical[moved] * v
        apart = float(np.sqrt(np.dot(terms, terms)))
        together = max((abs(float(np.dot(change[moved], v))) for change in self.changes), default=0.0)
        worst = WORST * float(np.sum(np.abs(terms, out=terms)))
        return min(ALLOWED * max(apart, together) + self.eps * weight, worst), worst

    def without(self, entries: Array) -> "Precision":
        """Return the same where some entries, given as a mask, are left out."""
        changes = [np.where(entries, 0.0, change) for change in self.changes]
        return Precision(self.eps, np.where(entries, 0.0, self.typical), changes)


@dataclass(frozen=True)
class Backward:
    """The gradient of one tensor as a function of rounding; `got` is what it claims, along one axis."""

    functions: HasCall
    name: str
    got: Array
    dout: Array

    @property
    def size(self) -> float:
        """The largest number of the gradient, or of dout if that is larger."""
        return max(largest(self.got), largest(self.dout))

    def precision(self, rng: np.random.Generator) -> Precision:
        """Return the typical rounding errors of all entries."""
        some = slice(None)
        typical, changes = self._typical(some, rng, SHAKES, POWERS[3:4] if self.got.size <= KEPT else ())
        if typical.size > LARGE:
            typical = typical.astype(np.float32)
        return Precision(self.functions.eps[self.name], typical, changes)

    def refined(self, entries: Array, rng: np.random.Generator) -> Array:
        """Return the typical rounding errors of some entries, measured more often."""
        return self._typical(entries, rng, MORE_SHAKES, POWERS)[0]

    def _typical(
        self, some: Array | slice, rng: np.random.Generator, shakes: int, powers: tuple[float, ...]
    ) -> tuple[Array, list[Array]]:
        eps, smallest = self.functions.eps[self.name], self.functions.extremes[self.name][0]
        got = self.got[some]
        typical = np.abs(got)
        typical *= eps
        np.maximum(typical, smallest * max(1.0, self.size), out=typical)
        with np.errstate(all="ignore"):
            shaken = [self._shaken(some, rng) for _ in range(shakes)]
            np.fmax(typical, _spread(shaken), out=typical)
            if powers:
                np.fmax(typical, self._noise(some, rng, powers), out=typical)
            kept = shaken if got.size <= KEPT else []
            changes = [np.nan_to_num(each - got, posinf=0.0, neginf=0.0) for each in kept]
        return typical, changes

    def _at(self, inputs: Arrays, dout: Array, some: Array | slice) -> Array:
        """Return the gradient at other inputs."""
        out, back = self.functions.call(**inputs)
        found = self.functions.gradients(back, dout.astype(out.dtype))[self.name]
        return np.asarray(found, dtype=np.float64).ravel()[some]

    def _shaken(self, some: Array | slice, rng: np.random.Generator) -> Array:
        """Return the gradient where every input, and dout, is moved by one rounding up or down."""
        eps, tensors = self.functions.eps, self.functions.tensors
        inputs = {key: _moved(values, eps[key], _signs(values, rng)) for key, values in tensors.items()}
        return self._at(inputs, _moved(self.dout, eps[self.name], _signs(self.dout, rng)), some)

    def _noise(self, some: Array | slice, rng: np.random.Generator, powers: tuple[float, ...]) -> Array:
        """Return the noise along a line of steps that are far larger than one rounding.

        A step of one rounding changes nothing where the function is flat, and would hide the rounding there. So a step
        counts for an entry only if it changes it; the smallest of those is taken. An entry that none changes from point
        to point may stand on a grid, as a small difference of large numbers does: then it is a multiple of its first
        change, which is the noise.
        """
        found = np.full(self.got[some].shape, np.nan)
        change = found
        for power in sorted(powers, reverse=True):
            sigma, counts, moved = self._along(some, rng, self.functions.eps[self.name] ** power)
            found = np.where(np.isnan(found) & counts, sigma, found)
            change = np.where(np.isnan(change) & (moved > 0), moved, change)
            if not np.isnan(found).any():
                break
        unknown = np.isnan(found)
        if unknown.any():
            multiples = self.got[some] / change
            on_a_grid = np.abs(multiples - np.round(multiples)) < WHOLE
            found = np.where(unknown & on_a_grid, change, np.where(unknown, 0.0, found))
        return found

    def _along(
        self, some: Array | slice, rng: np.random.Generator, step: float
    ) -> tuple[Array, Array, Array]:
        """Return the noise as seen at one step, a mask of the entries for which it counts, and the largest change.

        The third differences leave nothing of a smooth gradient; the factor makes them its standard deviation. The
        place itself is not among the points: a value of its own there is no rounding.
        """
        tensors = self.functions.tensors
        signs = {key: _signs(values, rng) for key, values in tensors.items()}
        table = []
        for place in PLACES:
            inputs = {key: _moved(values, step * place, signs[key]) for key, values in tensors.items()}
            table.append(self._at(inputs, self.dout, some))
        first = _differences(np.array(table))
        third = _differences(_differences(first))
        counts = (first != 0).all(axis=0) & np.isfinite(third).all(axis=0)
        variance = np.einsum("ij,ij->j", third, third) / (20 * len(third))
        return np.sqrt(variance), counts, np.abs(first).max(axis=0)


def _spread(shaken: list[Array]) -> Array:
    """Return how far shaken gradients typically are from their median: an outlier among many is no rounding."""
    if len(shaken) == 2:
        change = shaken[0] - shaken[1]
        return np.asarray(np.abs(change, out=change))
    values = np.array(shaken)
    return np.asarray(np.quantile(np.abs(values - np.median(values, axis=0)), QUANTILE, axis=0)) * STRETCH


def largest(values: Array) -> float:
    """Return the largest finite number; in blocks, as in `_moved`."""
    flat = values.reshape(-1)
    parts = (np.abs(flat[low : low + BLOCK]) for low in range(0, flat.size, BLOCK))
    return max((float(part[np.isfinite(part)].max(initial=0.0)) for part in parts), default=0.0)


def _differences(rows: Array) -> Array:
    return np.asarray(rows[1:] - rows[:-1])


def _signs(values: Array, rng: np.random.Generator) -> Array:
    return np.asarray(1 - 2 * rng.integers(2, size=values.shape, dtype=np.int8))


def _moved(values: Array, share: float, signs: Array) -> Array:
    """Return the values, each moved up or down by a share of itself; in blocks, as they may be large."""
    found = np.empty(values.shape, dtype=values.dtype)
    flat, old, new = signs.reshape(-1), values.reshape(-1), found.reshape(-1)
    for low in range(0, old.size, BLOCK):
        part = slice(low, low + BLOCK)
        new[part] = (old[part] * (1.0 + share * flat[part])).astype(values.dtype)
    return found
