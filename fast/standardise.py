"""What all normalisations share: values to mean 0 and variance 1 along some axes, and the way back."""

from math import prod
from typing import NamedTuple

import numpy as np

from fast.arguments import Array

Axes = tuple[int, ...]

LONG = 100
"""Entries of a row from which on it is worth a call of BLAS."""


class Moments(NamedTuple):
    """Mean and biased variance; the reduced axes stay, with extent 1."""

    mean: Array
    variance: Array


def count(x: Array, axes: Axes) -> int:
    """Return how many values one mean along `axes` is over."""
    return prod(x.shape[axis] for axis in axes)


def summed(x: Array, axes: Axes, times: Array | None = None) -> Array:
    """Return the sum along `axes`, which stay with extent 1, of x or of x times another array.

    Where rows are summed, BLAS does it at three times the rate of ``x.sum()``, and needs no product in memory.
    """
    if x.shape[-1] < LONG or x.ndim - 1 not in axes:
        product = x if times is None else x * times
        return np.asarray(product.sum(axis=axes, keepdims=True))
    # It conjugates the first.
    first = np.ones(x.shape[-1], x.dtype) if times is None else times.conj()
    rows: Array = np.vecdot(first, x)[..., None]
    return np.asarray(rows.sum(axis=axes[:-1], keepdims=True))


def mean(x: Array, axes: Axes, times: Array | None = None) -> Array:
    """Return the mean along `axes`, which stay with extent 1, of x or of x times another array."""
    return summed(x, axes, times) / count(x, axes)


def centred(x: Array, axes: Axes) -> tuple[Array, Moments]:
    """Return x minus its mean, and the moments of x.

    Two passes, as E[x^2] - E[x]^2 cancels when the mean is large. The first mean is off by a rounding, which
    counts next to a small variance; centring once more takes it out.
    """
    rough = mean(x, axes)
    deviations = x - rough
    correction = mean(deviations, axes)
    deviations -= correction
    return deviations, Moments(rough + correction, mean(deviations, axes, deviations))


def centred_gradient(dnormalised: Array, values: Array, slope: Array, level: Array) -> Array:
    """Return dnormalised - slope * values - level: the gradient of x, but for the division by the deviation.

    Both moments are functions of x. With n values, the derivative of normalised_i by x_j is
    (delta_ij - 1 / n - normalised_i normalised_j / n) / deviation: S. Ioffe and C. Szegedy, "Batch
    Normalization" (2015), section 3, with the three terms gathered. So `level` is the mean of dnormalised, and
    slope * values is normalised times the mean of dnormalised * normalised.
    """
    gradient: Array = values * slope
    gradient += level
    return np.subtract(dnormalised, gradient, out=gradient)
