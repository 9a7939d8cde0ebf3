"""One measurement: the slope that the gradient claims along a direction, next to that of the function."""

from dataclasses import dataclass, replace

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.directions import blocks
from gradcheck.derivative.line import Weighed
from gradcheck.derivative.noise import noise
from gradcheck.derivative.precision import Precision, finite
from gradcheck.derivative.slope import HEAD, TAIL, Slope, Slopes, refined

__tracebackhide__ = True

FACTOR = 0.01
"""The relative error that a direction has to show: a factor of 1.01."""

STARTS = (1.0, 1 / 1.7, 1 / 3.1)
"""Starting steps of independent estimates; the first is that of every direction."""

LAST_PLACES = 2.0**10
"""Disagreements below this many last places of the slope's terms accuse nobody: rounding can repeat itself."""


@dataclass(frozen=True)
class Reading:
    """A claimed slope, the measured one, and how far rounding may part them.

    Attributes
    ----------
    claim : float
        ``<got, v>``.
    weight : float
        ``<|got|, |v|>``: the claim without cancellation.
    smallest : float
        The smallest claim of an entry above 0, without its sign; infinite if there is none.
    slope : Slope
        The measured slope.
    likely, worst : float
        What the rounding of backward adds up to: as independent errors, and at the very most.
    """

    claim: float
    weight: float
    smallest: float
    slope: Slope
    likely: float
    worst: float

    @property
    def distance(self) -> float:
        """How far the claim is from the measured slope."""
        return abs(self.claim - self.slope.value)

    @property
    def least(self) -> float:
        """The smallest disagreement that means anything."""
        return self.slope.bound + self.likely

    @property
    def suspicious(self) -> bool:
        """Whether the two differ by more than rounding is likely to explain; false where there is no slope."""
        return self.distance > self.least

    @property
    def wrong(self) -> bool:
        """Whether no rounding explains the difference."""
        few = LAST_PLACES * float(np.finfo(float).eps) * max(self.weight, abs(self.slope.value))
        return self.distance > max(self.slope.bound + self.worst, few)

    @property
    def resolved(self) -> bool:
        """Whether the function's slope is known well enough to show a factor of 1.01, or as well as backward rounds."""
        return self.slope.bound <= max(FACTOR / 2 * self.weight, self.likely)


@dataclass
class Bench:
    """The function, its noise, and the gradient that is judged."""

    line: Weighed
    got: Array
    own: Precision
    unit: Array
    sigma: Array

    def with_precision(self, entries: Array, typical: Array) -> "Bench":
        """Return the same bench with other rounding errors of some entries, where they are larger."""
        known = self.own.typical.copy()
        known[entries] = np.fmax(known[entries], finite(typical))
        return replace(self, own=replace(self.own, typical=known))

    def reread(self, v: Array, reading: Reading) -> Reading:
        """Return a reading with the rounding errors that are known by now."""
        return self._reading(v, reading.slope)

    def read(self, v: Array, wish: float, slopes: Slopes | None = None) -> Reading:
        """Return what is claimed and measured along `v`; steps are added until the bound is below `wish`."""
        slopes = slopes or Slopes(self.line, v)
        slopes.ask(*HEAD)
        return self._reading(v, refined(slopes, self.sigma, wish))

    def again(self, v: Array, starts: tuple[float, ...] = STARTS) -> list[Reading]:
        """Return independent readings: from other steps, with the noise measured anew along this very direction."""
        sigma, found = None, []
        for start in starts:
            slopes = Slopes(self.line, v, start)
            slopes.ask(*HEAD, *TAIL)
            moves = slopes.moves()
            if sigma is None:
                sigma = noise(self.line, v, moves, slopes.grid())
            known = np.fmax(sigma, np.where(moves, self.sigma, 0.0))
            found.append(self._reading(v, refined(slopes, known, 0.0)))
        return found

    def _reading(self, v: Array, slope: Slope) -> Reading:
        claim, weight, smallest = 0.0, 0.0, np.inf
        with np.errstate(invalid="ignore", over="ignore"):
            for part in blocks(v.size):
                terms = self.got[part] * v[part]
                claim += float(np.sum(terms))
                weight += float(np.sum(np.abs(terms, out=terms)))
                smallest = min(smallest, float(terms[terms > 0].min(initial=np.inf)))
            return Reading(claim, weight, smallest, slope, *self.own.along(v, weight))
