"""How far a right result may be from exact arithmetic by rounding, computed for each entry."""

import math

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.kernels.dtypes import Dtype, spacing
from gradcheck.kernels.report import Rounding
from gradcheck.kernels.truth import Truth, lengths

DOUBLE = 2.0**-53
BINS = (0.0, 0.5, 1.0, 2.0, 4.0, 16.0, 256.0)
"""The upper ends of the histogram's bins, in units in the last place; the last bin has the rest."""

INEXACT = ("fft", "tf32", "winograd")
"""The kinds of arithmetic a kernel may be declared to use, which are not sums of products."""

WINOGRAD = 100.0
"""What the transforms of F(4x4, 3x3) magnify rounding by (B. Barabasz et al., "Error analysis and improving the
accuracy of Winograd convolution for deep neural networks", 2020, measure less)."""


def of_sums(case: Case, dtype: Dtype, right: Truth) -> Arrays:
    """Return the bound of a sum of n products in any order: ``n u / (1 - n u)`` of the sum of absolute values.

    See N. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1. To it comes the rounding of
    the result itself, and of our own sums in double precision.
    """
    terms = lengths(case)
    return {
        name: right.sizes[name]
        * (_gamma(terms[name] + 2, dtype.accumulator) + _gamma(terms[name] + 2, DOUBLE))
        + _last(values, dtype)
        for name, values in right.values.items()
    }


def normwise(case: Case, dtype: Dtype, right: Truth, kind: str) -> Arrays:
    """Return the bound for a kernel of some inexact kind: one for all entries, as errors travel between them."""
    terms = lengths(case)
    return {
        name: right.largest[name] * (_growth(case, kind) + float(np.max(terms[name])) + 2) * dtype.accumulator
        + _last(values, dtype)
        for name, values in right.values.items()
    }


def rounding_of(name: str, got: Array, right: Array, bound: Array, dtype: Dtype) -> Rounding:
    """Return how far one result is from the right one."""
    error = np.abs(got - right)
    units = error / spacing(right, dtype)
    counts = np.bincount(np.searchsorted(BINS, units.ravel()), minlength=len(BINS) + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(error > 0, error / bound, 0.0)
    return Rounding(
        tensor=name,
        ulps=float(units.max(initial=0.0)),
        share=float(share.max(initial=0.0)),
        histogram=tuple(int(count) for count in counts),
    )


def _gamma(terms: Array, roundoff: float) -> Array:
    product = np.asarray(terms * roundoff)
    return np.where(product < 1, product / np.maximum(1 - product, roundoff), np.inf)


def _last(values: Array, dtype: Dtype) -> Array:
    """Return the rounding of the result itself, half a unit; a little more, for a value that is not quite right."""
    return 0.501 * spacing(values, dtype) if dtype.bits < dtype.accumulator_bits else 0.0 * values


def _growth(case: Case, kind: str) -> float:
    """Return how many roundings of the largest sum a kind of arithmetic may be off."""
    if kind == "tf32":  # two operands, each rounded to 11 bits of 24
        return 2.0**14
    if kind == "winograd":
        return WINOGRAD
    points = float(math.prod(case.shapes["x"][2:]))  # fft: noise spreads over the plane
    return 8 * math.log2(points + 2) * math.sqrt(points)
