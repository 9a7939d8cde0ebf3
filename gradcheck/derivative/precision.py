"""How precise a gradient can be: by how much it moves if everything it is computed from moves by one rounding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.derivative.directions import LARGE, blocks, random_signs
from gradcheck.derivative.line import EPS

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

    def call(self, **changed: Array) -> tuple[Array, Callable[..., Any]]:
        """Return output and backward."""

    def double(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor in double precision."""

    def own(self, name: str) -> Callable[[Array], Array]:
        """Return the output as a function of one tensor in the caller's own precision."""

    def gradients(self, back: Callable[..., Any], dout: Array, is_theirs: bool = False) -> Arrays:
        """Return the gradients by name; backward may change dout if that is theirs."""

    def widened(self) -> "HasCall | None":
        """Return the same functions with inputs in double precision; None if that is not another question."""


@dataclass
class Precision:
    """The rounding errors of a gradient: a typical one for each entry, and what they add up to along a direction."""

    eps: float
    typical: Array
    changes: list[Array]

    def along(self, v: Array, weight: float) -> tuple[float, float]:
        """Return what rounding is likely to add up to along a direction, and the very most.

        Parameters
        ----------
        v : ndarray
            The direction.
        weight : float
            The sum of the claimed contributions without their signs: a common factor in all of them may be rounded.
        """
        squares = total = 0.0
        for part in blocks(v.size):
            terms = np.multiply(self.typical[part], v[part], dtype=np.float64)
            squares += float(np.dot(terms, terms))
            total += float(np.sum(np.abs(terms, out=terms)))
        apart, worst = float(np.sqrt(squares)), WORST * total
        together = max((abs(float(np.dot(change, v))) for change in self.changes), default=0.0)
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
        is_small = self.got.size <= KEPT
        typical, changes = self._typical(slice(None), rng, SHAKES, POWERS[3:4] if is_small else ())
        kept = [np.where(np.isfinite(each), each, 0.0) for each in changes] if is_small else []
        return Precision(self.functions.eps[self.name], finite(typical), kept)

    def refined(self, entries: Array, rng: np.random.Generator) -> Array:
        """Return the typical rounding errors of some entries, measured more often."""
        return self._typical(entries, rng, MORE_SHAKES, POWERS)[0]

    def _typical(
        self, some: Array | slice, rng: np.random.Generator, shakes: int, powers: tuple[float, ...]
    ) -> tuple[Array, list[Array]]:
        """Return typical errors, and the changes of the gradient by one rounding that show them."""
        eps, smallest = self.functions.eps[self.name], self.functions.extremes[self.name][0]
        got = self.got[some]
        least = smallest * max(1.0, self.size)
        with np.errstate(all="ignore"):
            changes = [self._change(got, some, rng) for _ in range(shakes)]
            typical = _spread(changes)
            if powers:
                np.fmax(typical, self._noise(some, rng, powers), out=typical)
            for part in blocks(got.size):
                last_place = np.maximum(eps * np.abs(got[part]), least)
                typical[part] = np.fmax(typical[part], last_place)
        return typical, changes

    def _change(self, got: Array, some: Array | slice, rng: np.random.Generator) -> Array:
        """Return the change of the gradient if everything is moved by one rounding; from 0 where it is not finite."""
        shaken = self._shaken(some, rng)
        change = np.empty(got.shape, dtype=np.float32 if got.size >= LARGE else np.float64)
        for part in blocks(got.size):
            change[part] = shaken[part] - np.where(np.isfinite(got[part]), got[part], 0.0)
        return change

    def _at(self, inputs: Arrays, dout: Array, some: Array | slice, is_theirs: bool = False) -> Array:
        """Return the gradient at other inputs, which are dropped once forward has been called."""
        out, back = self.functions.call(**inputs)
        inputs.clear()
        found = self.functions.gradients(back, dout.astype(out.dtype, copy=False), is_theirs)[self.name]
        return np.asarray(found, dtype=np.float64).ravel()[some]

    def _shaken(self, some: Array | slice, rng: np.random.Generator) -> Array:
        """Return the gradient where every input, and dout, is moved by one rounding up or down."""
        eps, tensors = self.functions.eps, self.functions.tensors
        inputs = {key: _moved(values, eps[key], _signs(values, rng)) for key, values in tensors.items()}
        # A dout that is kept in single precision is moved by less than that shows.
        wide = self.dout.dtype == np.float32 and eps[self.name] <= EPS
        dout = _moved(self.dout, eps[self.name], _signs(self.dout, rng), np.float64 if wide else None)
        return self._at(inputs, dout, some, is_theirs=True)

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
    values -= np.median(values, axis=0)
    return np.asarray(np.quantile(np.abs(values, out=values), QUANTILE, axis=0)) * STRETCH


def finite(typical: Array) -> Array:
    """Return errors with the largest number in place of infinity and NaN, which 0 times them would be."""
    return np.asarray(np.fmin(typical, np.finfo(typical.dtype).max, out=typical))


def largest(values: Array) -> float:
    """Return the largest finite number."""
    flat = values.reshape(-1)
    parts = (np.abs(flat[part]) for part in blocks(flat.size))
    return max((float(part[np.isfinite(part)].max(initial=0.0)) for part in parts), default=0.0)


def _differences(rows: Array) -> Array:
    return np.asarray(rows[1:] - rows[:-1])


def _signs(values: Array, rng: np.random.Generator) -> Array:
    return random_signs(values.size, rng).reshape(values.shape)


def _moved(values: Array, share: float, signs: Array, dtype: Any = None) -> Array:
    """Return the values, each moved up or down by a share of itself."""
    found = np.empty(values.shape, dtype=dtype or values.dtype)
    flat, old, new = signs.reshape(-1), values.reshape(-1), found.reshape(-1)
    for part in blocks(old.size):
        new[part] = old[part] * (1.0 + share * flat[part])
    return found
