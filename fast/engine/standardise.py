"""The common part of all normalisations: values to mean 0 and variance 1 along some axes, and the gradient."""

from collections.abc import Callable
from functools import lru_cache, wraps
from math import prod
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from ..arguments import Array, ieee

Axes = tuple[int, ...]
P = ParamSpec("P")
Result = TypeVar("Result")

LONG = 100
"""Entries of a row from which a call of BLAS is worth it."""
BUFFER = 512
"""Entries of NumPy's buffer, 8192 by default. NumPy copies rows up to this length before it broadcasts along them."""


class Moments(NamedTuple):
    """Mean and biased variance; the reduced axes stay, with extent 1.

    The mean is `mean` + `rest`. `rest` is the rounding error of `mean`, or 0 if that is negligible compared with the
    deviation.
    """

    mean: Array
    rest: Array
    variance: Array


def broadcasting(function: Callable[P, Result]) -> Callable[P, Result]:
    """Wrap a function with `ieee`, and let NumPy broadcast along rows without a copy, which would double the time."""

    # errstate restores the size of the buffer as well as the handling of errors.
    @ieee
    @wraps(function)
    def within(*args: P.args, **kwargs: P.kwargs) -> Result:
        np.setbufsize(BUFFER)
        return function(*args, **kwargs)

    return within


def count(x: Array, axes: Axes) -> int:
    """Return the number of values in one mean along `axes`."""
    return prod(x.shape[axis] for axis in axes)


def row_sums(x: Array, times: Array | None = None) -> Array:
    """Return the sum of each row of x, or of x times another array; the last axis stays, with extent 1.

    BLAS has three times the rate of ``x.sum()``, and for long rows needs no product in memory.
    """
    length = x.shape[-1]
    if times is None or length < LONG:
        product = x if times is None else x * times
        sums: Array = product @ _ones(length, x.dtype)
    else:
        # vecdot conjugates its first argument.
        sums = np.vecdot(times.conj(), x)
    return sums[..., None]


def column_sums(x: Array, times: Array | None = None) -> Array:
    """Return the sum of each column of x (N, D), or of x times another array, as (1, D)."""
    if times is None:
        sums: Array = _ones(len(x), x.dtype) @ x
    else:
        sums = np.einsum("nd,nd->d", x, times)
    return sums[None]


def first_sums(x: Array, axes: Axes, times: Array | None = None) -> Array:
    """Return the sums along the first of `axes` to be summed: rows if the last axis is among them, else columns."""
    return row_sums(x, times) if x.ndim - 1 in axes else column_sums(x, times)


def mean(x: Array, axes: Axes, times: Array | None = None) -> Array:
    """Return the mean along `axes`, which stay with extent 1, of x or of x times another array."""
    sums = first_sums(x, axes, times)
    if len(axes) > 1:
        sums = sums.sum(axis=axes, keepdims=True)
    sums /= count(x, axes)
    return sums


def workspace(result: Array, dtype: np.dtype[Any]) -> Array:
    """Return an array to compute `result` in: `result` itself, unless it has another dtype.

    Its memory has to be fetched into the cache anyway; a separate array would be fetched in addition.
    """
    return result if result.dtype == dtype else np.empty(result.shape, dtype)


def centred(x: Array, axes: Axes, out: Array) -> Moments:
    """Write x minus its mean, and return the moments of x.

    Two passes, because E[x^2] - E[x]^2 cancels if the mean is large. Then the rounding of the mean counts too, compared
    with the deviation: a second centring removes it.
    """
    rough = mean(x, axes)
    np.subtract(x, rough, out=out)
    variance = mean(out, axes, out)
    if not (abs(rough) ** 2 > abs(variance)).any():
        return Moments(rough, np.zeros(rough.shape, rough.dtype), variance)
    rest = mean(out, axes)
    out -= rest
    return Moments(rough, rest, mean(out, axes, out))


def deviations(x: Array, mean: Array, rest: Array, out: Array) -> None:
    """Write x minus its mean, given in two parts, into `out`."""
    np.subtract(x, mean, out=out)
    if rest.any():
        out -= rest


def values_gradient(
    dout: Array, values: Array, gamma: Array, deviation: Array, axes: Axes, out: Array
) -> tuple[Array, Array]:
    """Write the gradient of x if gamma is constant along the axis that is summed first, a row or a column.

    With n values of one mean, the derivative of normalised_i by x_j is
    (delta_ij - 1 / n - normalised_i normalised_j / n) / deviation: S. Ioffe and C. Szegedy, "Batch
    Normalization" (2015), section 3, with the three terms gathered.

    Parameters
    ----------
    dout, values : array
        Gradient of the output, and x minus its mean. `values` is overwritten, and may be `out`.
    gamma, deviation : array
        Scale and standard deviation.
    axes : tuple of int
        The axes of one mean.
    out : array
        The destination.

    Returns
    -------
    dgamma, dbeta : array
        Partial sums, to be added up along the axes on which gamma is constant.
    """
    total, dot = first_sums(dout, axes), first_sums(dout, axes, values) / deviation
    scale, n = gamma / deviation, count(values, axes)
    slope, level = ((scale * each).sum(axis=axes, keepdims=True) / n for each in (dot, total))
    values *= slope / deviation
    values += level
    np.subtract(dout * scale, values, out=out, casting="same_kind")
    return dot, total


@lru_cache
def _ones(length: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(length, dtype)
