"""The rounding noise of a function, from its differences of high order at tiny equal steps.

A smooth function's differences of order k shrink with the k-th power of the step. What stays is rounding, and its
standard deviation follows from their mean square (Moré and Wild 2011, "Estimating computational noise"). Cancellation
inside the function is part of it, which no formula from inputs and outputs would know.
"""

from math import factorial

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.line import Weighed

__tracebackhide__ = True

POINTS = 7
"""Values a spacing: enough for differences to the sixth order, of which the third and later ones count."""

ORDERS = tuple(range(3, POINTS))
"""Orders of which the median is taken: lower ones still see the slope's curvature."""

SPACINGS = (1.07 * 2.0**-40, 1.29 * 2.0**-34, 1.13 * 2.0**-27, 1.41 * 2.0**-20, 1.19 * 2.0**-13)
"""Spacings relative to the direction, no two of them a power of 2 apart: a grid in the function meets one at most."""

EXACT = 2
"""Spacings without any noise that show exact arithmetic; one alone may have met the grid of the function."""

PLATEAU = 32.0
"""Two spacings whose noise differs by less agree.

What a kink leaves grows with the spacing, by 77 at least from one to the next. Two estimates of the same noise, from
seven points each, differ by more than 32 in one of 1,300 pairs, and by more than 16 in one of 180 (2,000,000 draws).
Less than half a last place is no noise of its own: it counts as half a last place, which the result is at least.
"""


def noise(line: Weighed, v: Array, moves: Array, grid: Array | None = None) -> Array:
    """Return the standard deviation of the rounding of each value along `v`.

    Parameters
    ----------
    line : Weighed
        The function.
    v : ndarray
        A direction that moves every entry of `x`.
    moves : ndarray
        Mask of the values that change along `v` at all: for the others there is nothing to wait for.

    grid : ndarray, optional
        The grid that the values stand on, as seen at larger steps: the noise of a value that no spacing here moves.

    Notes
    -----
    A spacing counts for a value only if its neighbours differ. Equal ones mean that the function stands on a coarser
    grid than the spacing, as ``(x + 1e5) - 1e5`` does.
    """
    floor = line.eps / 2 * np.abs(line.middle)
    first, last = np.full(floor.shape, np.nan), np.full(floor.shape, np.nan)
    found = np.full(floor.shape, np.nan)
    exact = np.zeros(floor.shape, dtype=int)
    waits = moves & np.isfinite(line.middle)
    for spacing in SPACINGS:
        if not waits.any():
            break
        sigma, counts = _at_spacing(line, v, spacing)
        exact += counts & (sigma == 0)
        with np.errstate(invalid="ignore"):
            lifted = np.fmax(sigma, floor)
            agree = waits & counts & (np.maximum(lifted, last) <= PLATEAU * np.minimum(lifted, last))
        found[agree] = np.fmax(lifted, last)[agree]
        waits &= ~agree & (exact < EXACT)
        last = np.where(counts & waits, lifted, last)
        counts &= sigma > 0
        first = np.where(np.isnan(first) & counts, sigma, first)
    # Without a plateau the smallest spacing stands: what grows from there is a kink or a wiggle, not noise.
    found = np.where(np.isnan(found) & (exact < EXACT), first, found)
    if grid is not None:
        found = np.where(np.isnan(found) & (exact < EXACT), grid, found)
    return np.asarray(np.fmax(np.nan_to_num(found), floor))


def _at_spacing(line: Weighed, v: Array, spacing: float) -> tuple[Array, Array]:
    """Return the noise as seen at one spacing, and a mask of the values for which it counts."""
    half = POINTS // 2
    table = np.empty((POINTS, line.middle.size))
    for row in range(POINTS):
        table[row] = line.middle if row == half else line.at(v, spacing * (row - half))
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.asarray(np.isfinite(table).all(axis=0))
        sigmas = []
        for order in range(1, POINTS):
            table = table[1:] - table[:-1]
            if order == 1:
                counts &= (table != 0).all(axis=0)
            if order in ORDERS:
                scale = factorial(order) ** 2 / factorial(2 * order)
                sigmas.append(scale * np.einsum("ij,ij->j", table, table) / len(table))
        return _median(*sigmas), counts


def _median(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Return the median of four roots, given their squares: the mean of the two in the middle.

    Comparisons of whole arrays take a tenth of the time that `np.median` takes to sort every column.
    """
    below = np.maximum(np.minimum(a, b), np.minimum(c, d))
    above = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.asarray((np.sqrt(below) + np.sqrt(above)) / 2)
