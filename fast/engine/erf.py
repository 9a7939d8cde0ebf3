"""The error function of whole arrays, which NumPy does not have: its Taylor series around the nearest of some points.

The function is entire, so that the same series holds for complex numbers beside the real axis.
"""

from functools import cache
from math import erf as erf_of
from math import exp, pi, sqrt

import numpy as np

from ..arguments import Array

LAST = 6.0
"""From here on the function is 1 in double precision."""

PER_UNIT = 16
"""Points of the table for each unit: none is further than 1/32 from a number."""

TERMS = 9
"""The next one is below 1e-17 at that distance."""


def erf(x: Array) -> Array:
    """Return 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, of real or complex numbers.

    Complex numbers are meant to be near the real axis, as in a complex step; further away than the points of the table
    are from each other, digits are lost.

    Parameters
    ----------
    x : array
        In extended precision, the digits that double precision lacks are wrong.
    """
    middle = np.nan_to_num(np.clip(x.real, -LAST, LAST), nan=0.0)
    nearest = np.rint(middle * PER_UNIT).astype(np.intp)
    apart = x - (nearest / PER_UNIT).astype(middle.dtype)
    outside = ~(np.abs(x.real) < LAST) & ~np.isnan(x.real)
    apart = np.where(outside, 0, apart)
    table = _table()
    result = np.zeros(x.shape, np.promote_types(x.dtype, np.float64))
    for row in table[::-1]:
        result *= apart
        result += row[nearest + round(LAST * PER_UNIT)]
    return result.astype(x.dtype)


@cache
def _table() -> Array:
    """Return the coefficients of the series around each point: a row for each power.

    The derivatives of the function are exp(-x^2) times the Hermite polynomials, which follow from each other.
    """
    points = np.arange(-LAST * PER_UNIT, LAST * PER_UNIT + 1) / PER_UNIT
    density = np.array([2 / sqrt(pi) * exp(-point * point) for point in points])
    density[[0, -1]] = 0.0  # constant from here on
    rows = [np.array([erf_of(point) for point in points]), density, -points * density]
    for k in range(2, TERMS):
        # c[k+1] (k+1) k = -2 (x k c[k] + (k-1) c[k-1]), from the differential equation f'' = -2 x f'.
        rows.append(-2 * (points * k * rows[k] + (k - 1) * rows[k - 1]) / ((k + 1) * k))
    return np.stack(rows)
