"""The slope of a function along a direction, with an error that was measured: rounding, truncation, kinks.

Central differences at steps that shrink by 4 are extrapolated (Richardson). Each value believes the three neighbouring
steps that agree best, and only as far as they agree.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.line import EPS, Weighed

__tracebackhide__ = True

FIRST = 2.0**-6
"""The largest step, as a share of each entry: after extrapolation, truncation is about 1e-9 of a smooth function."""

RATIO = 4.0
"""From one step to the next: the error of a central difference shrinks to a sixteenth."""

STEPS = 15
"""Steps to 2**-34, where the rounding of a well-conditioned function is 4e-6 of its value."""

HEAD = (0, 1, 2)
"""The steps to start with."""

TAIL = (6, 10)
"""Steps far below, 2**-18 and 2**-26: a wiggle too fine for the first three shows there."""

SIGMAS = 4.0
"""Standard deviations of rounding that a bound allows, once for the value and once more for the bound.

The noise is estimated from seven points, and the extrapolated slope has 0.75 of it. For white noise alone (2,000,000
draws of both) the error exceeds the bound for one value in 120. An accusation needs it to exceed at three starts, with
the larger of two estimates of the noise: 3.5 in a million. With half of this factor it would be 230, with twice less
than 0.5.
"""

KINK = 0.4
"""The gap between the one-sided slopes shrinks to 1/4 with the step if the function is smooth, and stays at a kink."""

JUMP = 1.5
"""A gap that grows as the step shrinks is a jump of the function itself."""

CONVERGES = 0.9
"""Slopes whose change does not shrink with the step, where there is no kink, have no limit that they could show."""


@dataclass(frozen=True)
class Slope:
    """The slopes of all values along one direction, each shape (cells,).

    `gap` is what a kink adds to the bound. `size` is the scale of the terms that cancel inside the function: its
    rounding in units of the last place.
    """

    values: Array
    bounds: Array
    gap: Array
    size: Array

    @cached_property
    def value(self) -> float:
        """The slope of ``<dout, f>``."""
        return float(np.sum(self.values))

    @cached_property
    def bound(self) -> float:
        """The bound of its error; infinite where a value has no slope."""
        return float(np.sum(self.bounds))

    @cached_property
    def scale(self) -> float:
        """The size of the terms that may cancel in `value`."""
        return float(np.sum(self.size))


@dataclass
class Slopes:
    """One-sided slopes of a function along a direction, at the steps that were asked for so far.

    `start` multiplies all steps: another start gives another, independent estimate. `independent` masks the values that
    are known not to depend on what moves.
    """

    line: Weighed
    v: Array
    start: float = 1.0
    independent: Array | None = None
    upper: dict[int, Array] = field(default_factory=dict)
    lower: dict[int, Array] = field(default_factory=dict)
    _moved: Array | None = None
    _noise: tuple[Array, Array] | None = None

    def step(self, k: int) -> float:
        """Return the step of number `k`."""
        return self.start * FIRST * RATIO**-k

    def ask(self, *steps: int) -> None:
        """Call the function at these steps, as far as that has not been done."""
        middle = self.line.middle
        new = [k for k in steps if k not in self.upper]
        with np.errstate(invalid="ignore", over="ignore"):
            for k in new:
                t = self.step(k)
                self.upper[k] = (self.line.at(self.v, t) - middle) / t
                self.lower[k] = (middle - self.line.at(self.v, -t)) / t
                moved = (self.upper[k] != 0) | (self.lower[k] != 0)
                self._moved = moved if self._moved is None else self._moved | moved

    def central(self, k: int) -> Array:
        """Return the central differences at a step."""
        return (self.upper[k] + self.lower[k]) / 2

    def moves(self) -> Array:
        """Return a mask of the values that changed at any step."""
        return np.zeros(self.line.middle.shape, dtype=bool) if self._moved is None else self._moved

    def grid(self) -> Array | None:
        """Return the spacing of the grid that the values stand on; None if they are not seen to stand on one.

        The changes of a value on a grid are multiples of its spacing, as those of ``(x + 1e5) - 1e5``. The smallest
        step changes nothing there, and what moves beyond a kink changes by any amount.
        """
        changes = np.array(
            [np.abs(side[k]) * self.step(k) for side in (self.upper, self.lower) for k in side]
        )
        changes[(changes == 0) | ~np.isfinite(changes)] = np.nan
        spacing = np.fmin.reduce(changes)
        with np.errstate(invalid="ignore"):
            multiples = changes / spacing
            whole = np.isnan(multiples) | (np.abs(multiples - np.round(multiples)) < 1e-3)
            last = max(self.upper)
            still = (self.upper[last] == 0) & (self.lower[last] == 0)
            tells = (np.fmax.reduce(multiples) >= 2) & still
        if not tells.any() or np.mean(whole.all(axis=0)[tells]) < 0.5:
            return None
        return np.where(still, np.nan_to_num(spacing), 0.0)

    def rounding(self, k: int, sigma: Array) -> Array:
        """Return a bound of the rounding of the central difference at a step.

        A value that no step moves stands still on its own last place: the largest step bounds its slope.
        """
        if self._noise is None or self._noise[0] is not sigma:
            self._noise = sigma, SIGMAS * sigma + self.line.eps * np.abs(self.line.middle)
        bound = (self._noise[1] + 2 * EPS * np.abs(self.central(k))) / self.step(k)
        still = ~self.moves()
        if still.any():
            last_place = self.line.eps * np.abs(self.line.middle[still])
            bound[still] = last_place / self.step(min(self.upper))
            if self.independent is not None:
                bound[still & self.independent] = 0.0
        return bound

    def rule_out(self) -> None:
        """Find out which of the values that stand still do not depend on what moves."""
        if self.independent is None:
            self.independent = self.line.independent(self.v != 0)


def estimate(slopes: Slopes, sigma: Array) -> Slope:
    """Return each value's slope from the three neighbouring steps that agree best."""
    with np.errstate(invalid="ignore", over="ignore"):
        best = _nothing(slopes)
        for k in sorted(slopes.upper):
            if {k, k + 1, k + 2} <= slopes.upper.keys():
                best = _better(best, _triple(slopes, k, sigma))
        best = _better(best, _one_sided(slopes, sigma))
        touched = True if slopes.independent is None else ~slopes.independent
        size = np.where(touched, sigma / slopes.line.eps, 0.0) + np.abs(best[0])
    return Slope(*best, size)


Found = tuple[Array, Array, Array]
"""Values, bounds and gaps."""


def _nothing(slopes: Slopes) -> Found:
    shape = slopes.line.middle.shape
    return np.zeros(shape), np.full(shape, np.inf), np.zeros(shape)


def _better(one: Found, other: Found) -> Found:
    nearer = other[1] < one[1]  # what is not finite never is
    if not nearer.any():
        return one
    values, bounds, gap = (np.where(nearer, b, a) for a, b in zip(one, other, strict=True))
    return values, bounds, gap


def _triple(slopes: Slopes, k: int, sigma: Array) -> Found:
    """Extrapolate the steps k, k + 1 and k + 2."""
    a, b, c = (slopes.central(each) for each in (k, k + 1, k + 2))
    wide, value = b + (b - a) / 15, c + (c - b) / 15
    rounding = slopes.rounding(k + 2, sigma)
    gap, is_jump = _gap(slopes, k + 1, k + 2, rounding)
    bound = 2 * np.abs(value - wide) + 2 * rounding + gap
    bound = np.fmax(bound, 2 * _contradiction(slopes, k + 2, value, np.abs(c - value), sigma))
    settled = (gap > 0) | _converges(a, b, c, rounding)
    bound = np.where(np.isfinite(bound) & np.isfinite(value) & settled & ~is_jump, bound, np.inf)
    return value, bound, gap


def _converges(a: Array, b: Array, c: Array, rounding: Array) -> Array:
    change = np.abs(c - b)
    return np.asarray((change <= CONVERGES * np.abs(b - a)) | (change <= 4 * rounding))


def _gap(slopes: Slopes, before: int, now: int, rounding: Array) -> tuple[Array, Array]:
    """Return the gap of a kink between two steps, 0 where the function is smooth, and a mask of the jumps."""
    earlier, gap = (np.abs(slopes.upper[k] - slopes.lower[k]) for k in (before, now))
    seen = gap > 4 * rounding
    return np.where(seen & (gap > KINK * earlier), gap, 0.0), seen & (gap > JUMP * earlier)


def _contradiction(slopes: Slopes, k: int, value: Array, truncation: Array, sigma: Array) -> Array:
    """Return by how much any smaller step contradicts a value, beyond its own rounding and truncation."""
    worst = np.zeros(value.shape)
    for smaller in (each for each in slopes.upper if each > k):
        shrink = (slopes.step(smaller) / slopes.step(k)) ** 2
        distance = np.abs(slopes.central(smaller) - value)
        allowed = slopes.rounding(smaller, sigma) + 2 * shrink * truncation
        worst = np.fmax(worst, np.where(distance > allowed, distance, 0.0))
    return worst


def _one_sided(slopes: Slopes, sigma: Array) -> Found:
    """Extrapolate from one side, for values at the edge of the function's domain."""
    best = _nothing(slopes)
    for side, other in ((slopes.upper, slopes.lower), (slopes.lower, slopes.upper)):
        outside = ~np.isfinite(next(iter(other.values())))
        if outside.any():
            outside = np.all([~np.isfinite(values) for values in other.values()], axis=0)
        if not outside.any():
            continue
        for k in sorted(side):
            if {k, k + 1, k + 2} <= side.keys():
                found = _one_side(slopes, side, k, sigma)
                best = _better(best, (found[0], np.where(outside, found[1], np.inf), found[2]))
    return best


def _one_side(slopes: Slopes, side: dict[int, Array], k: int, sigma: Array) -> Found:
    a, b, c = (side[each] for each in (k, k + 1, k + 2))
    once, again = b + (b - a) / 3, c + (c - b) / 3
    value = again + (again - once) / 15
    t = slopes.step(k + 2)
    rounding = 2 * (SIGMAS * sigma + slopes.line.eps * np.abs(slopes.line.middle) + EPS * np.abs(value)) / t
    bound = 2 * np.abs(again - once) + 2 * rounding
    bound = np.where(np.isfinite(bound) & _converges(a, b, c, rounding), bound, np.inf)
    return value, bound, np.zeros(value.shape)


def refined(slopes: Slopes, sigma: Array, wish: float) -> Slope:
    """Return the slope with a bound below `wish`, or the best that smaller steps give."""
    found = estimate(slopes, sigma)
    if found.bound > wish and not slopes.moves().all():
        slopes.rule_out()
        found = estimate(slopes, sigma)
    for k in range(STEPS):
        if found.bound <= wish or k in slopes.upper:
            continue
        if _only_noise(slopes, sigma, found):
            break
        slopes.ask(k)
        found = estimate(slopes, sigma)
    return found


def _only_noise(slopes: Slopes, sigma: Array, found: Slope) -> bool:
    """Return whether the bound is mostly rounding already, which smaller steps only make larger."""
    deepest = max(k for k in slopes.upper if {k - 1, k - 2} <= slopes.upper.keys())
    rounding = float(np.sum(slopes.rounding(deepest, sigma)))
    return np.isfinite(found.bound) and 4 * rounding >= found.bound
