"""What a right kernel returns: exact results, the sizes of what is summed, and how far rounding may take a result.

The results are those of `fast` in double precision. The bounds are computed for each entry.
"""

import math
from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array, Arrays, Case
from gradcheck.kernels import operations, sensitivity
from gradcheck.kernels.dtypes import Dtype, spacing
from gradcheck.kernels.report import Rounding

DOUBLE = 2.0**-53
"""The roundoff of our own sums, by which the right results are off themselves."""

BINS = (0.0, 0.5, 1.0, 2.0, 4.0, 16.0, 256.0)
"""The upper ends of the histogram's bins, in units in the last place; the last bin has the rest."""

INEXACT = ("fft", "tf32", "winograd")
"""The kinds of arithmetic a kernel may be declared to use, which are not sums of products."""

WINOGRAD = 100.0
"""What the transforms of F(4x4, 3x3) magnify rounding by (B. Barabasz et al., "Error analysis and improving the
accuracy of Winograd convolution for deep neural networks", 2020, measure less)."""


@dataclass(frozen=True)
class Truth:
    """The right results of a case, by name (``out``, ``dx`` ...).

    `sizes` has, for each entry of a sum of products, the sum of the absolute values of its terms: no partial sum is
    larger, in any order, and it is what rounding errors are relative to. Elsewhere it has that of the entry.
    """

    values: Arrays
    sizes: Arrays

    @property
    def largest(self) -> dict[str, float]:
        """The largest size of each result."""
        return {name: float(sizes.max(initial=0.0)) for name, sizes in self.sizes.items()}


def truth(case: Case, tensors: Arrays, dout: Array | None) -> Truth:
    """Return the right results for tensors in double precision; gradients only where there is a `dout`."""
    right = results(case, tensors, dout)
    if operations.of(case.layer.name).products is None:
        return Truth(right, {name: np.abs(values) for name, values in right.items()})
    absolute = {name: np.abs(values) for name, values in tensors.items()}
    return Truth(right, results(case, absolute, None if dout is None else np.abs(dout)))


def results(case: Case, tensors: Arrays, dout: Array | None) -> Arrays:
    """Return our own results, in double precision; gradients only where there is a `dout`."""
    pair, names = case.layer.ours.fast, case.layer.shapes.differentiable
    with np.errstate(all="ignore"):
        out, cache = pair.forward(**tensors, **case.options)
        if dout is None or not case.wanted:
            return {"out": np.asarray(out)}
        found = pair.backward(dout, cache)
    gradients = dict(zip(names, found if isinstance(found, tuple) else (found,), strict=True))
    return {"out": np.asarray(out)} | {f"d{name}": gradients[name] for name in case.wanted}


def bounds(case: Case, dtype: Dtype, values: Arrays, dout: Array | None, right: Truth) -> Arrays:
    """Return how far rounding may take each entry of each result, for tensors in double precision."""
    if operations.of(case.layer.name).products is not None:
        return bound_of_sums(case, dtype, right)
    return sensitivity.bound(case, dtype, values, dout, right.values, results)


def lengths(case: Case) -> Arrays:
    """Return how many terms each entry of each result sums; 0 where the window covers only padding.

    The arrays broadcast to the results.
    """
    if "kh" not in case.params:
        names = ("out", *(f"d{name}" for name in case.wanted))
        return {name: np.array(case.layer.arithmetic.terms(case.params)) for name in names}
    # One channel of one sample is enough: all have the same geometry.
    one = {name: 1 for name in ("n", "c", "f", "g") if name in case.params}
    small = case.but(params={**case.params, **one})
    tensors = {name: np.ones(shape) for name, shape in small.shapes.items()}
    if "b" in tensors:  # which would reach everything
        tensors["b"] = np.zeros_like(tensors["b"])
    found = results(small, tensors, np.ones(small.output_shape))
    n, c, f, g = (case.params[name] for name in "ncfg")
    times = {"out": c // g, "dx": f // g, "dw": n, "db": n}
    return {name: values * times[name] for name, values in found.items()}


def bound_of_sums(case: Case, dtype: Dtype, right: Truth) -> Arrays:
    """Return the bound of a sum of n products in any order: ``n u / (1 - n u)`` of the sum of absolute values.

    See N. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1. Plus the rounding of the result
    itself, and of our own sums in double precision.
    """
    terms = lengths(case)
    return {
        name: right.sizes[name]
        * (_gamma(terms[name] + 2, dtype.accumulator) + _gamma(terms[name] + 2, DOUBLE))
        + _underflow(terms[name], dtype)
        + _last(values, dtype)
        for name, values in right.values.items()
    }


def normwise_bound(case: Case, dtype: Dtype, right: Truth, kind: str) -> Arrays:
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
    index = np.unravel_index(int(np.argmax(units)), units.shape) if units.size else None
    allowed = np.broadcast_to(bound / spacing(right, dtype), units.shape)
    return Rounding(
        tensor=name,
        ulps=float(units.max(initial=0.0)),
        share=float(share.max(initial=0.0)),
        histogram=tuple(int(count) for count in counts),
        index=None if index is None else tuple(int(each) for each in index),
        allowed=None if index is None or not np.isfinite(allowed[index]) else float(allowed[index]),
    )


def _gamma(terms: Array, roundoff: float) -> Array:
    product = np.asarray(terms * roundoff)
    return np.where(product < 1, product / np.maximum(1 - product, roundoff), np.inf)


def _underflow(terms: Array, dtype: Dtype) -> Array:
    """Return what products lose below the smallest normal number: half the distance of numbers there, each.

    In a longer format, such small products are exact.
    """
    if dtype.bits < dtype.accumulator_bits:
        return np.zeros(())
    return np.where(terms > 0, 0.5 * (terms + 2), 0.0) * spacing(np.zeros(()), dtype)


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
