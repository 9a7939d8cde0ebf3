"""Normalise each sample by itself, some samples at a time."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..arguments import Array, as_result, wide, widen
from .pieces import in_pieces
from .standardise import (
    Axes,
    centred,
    column_sums,
    deviations,
    mean,
    values_gradient,
    workspace,
)


class Samples(NamedTuple):
    """The values before normalisation, (N, ...), their mean in two parts, and the standard deviation."""

    x: Array
    mean: Array
    rest: Array
    deviation: Array


def normalise_samples(x: Array, gamma: Array, beta: Array, eps: float, axes: Axes) -> tuple[Array, Samples]:
    """Return gamma * normalised + beta, and what the backward pass needs.

    Parameters
    ----------
    x : array (N, ...)
        Values.
    gamma, beta : array (1, ...)
        Scale and shift.
    eps : float
        Added to the variance.
    axes : tuple of int
        The axes that share a mean; not that of the samples.
    """
    out, dtype = np.empty_like(x), wide(x.dtype)
    reduced = (1 if axis in axes else extent for axis, extent in enumerate(x.shape))
    samples = Samples(x, *np.empty((3, *reduced), dtype))

    def work(some: slice) -> None:
        values = workspace(out[some], dtype)
        moments = centred(widen(x[some]), axes, values)
        samples.mean[some], samples.rest[some] = moments.mean, moments.rest
        deviation = np.sqrt(moments.variance + eps, out=samples.deviation[some])
        # If gamma is constant along rows, the quotient is small: one pass over the values instead of two.
        if gamma.shape[-1] == 1:
            values *= gamma / deviation
        else:
            values /= deviation
            values *= gamma
        np.add(values, beta, out=out[some], casting="same_kind")

    in_pieces(work, len(x), x.size * dtype.itemsize, blas=True)
    return out, samples


def row_gradients(dout: Array, samples: Samples, gamma: Array) -> tuple[Array, Array, Array]:
    """Return dx, and dgamma and dbeta (D,), for samples (N, D) that are normalised over all their values."""

    def work(gradient: Array, values: Array, deviation: Array, out: Array) -> tuple[Array, Array]:
        dgamma, dbeta = (1 / deviation).T @ (gradient * values), column_sums(gradient)
        scaled = gradient * gamma
        values *= mean(scaled, (1,), values) / deviation / deviation
        values += mean(scaled, (1,))
        scaled -= values
        np.divide(scaled, deviation, out=out, casting="same_kind")
        return dgamma, dbeta

    return _gradients(work, dout, samples)


def group_gradients(dout: Array, samples: Samples, gamma: Array) -> tuple[Array, Array, Array]:
    """Return dx, and dgamma and dbeta (1, G, C, 1), for samples (N, G, C, D) in groups of channels."""

    def work(gradient: Array, values: Array, deviation: Array, out: Array) -> tuple[Array, Array]:
        parts = values_gradient(gradient, values, gamma, deviation, (2, 3), out)
        dgamma, dbeta = (part.sum(axis=0) for part in parts)
        return dgamma, dbeta

    return _gradients(work, dout, samples)


def _gradients(
    work: Callable[[Array, Array, Array, Array], tuple[Array, Array]], dout: Array, samples: Samples
) -> tuple[Array, Array, Array]:
    """Call `work` with some samples at a time; it writes dx, and its shares of dgamma and dbeta are added up."""
    x, middle, rest, deviation = samples
    dx = np.empty_like(dout)

    def piece(some: slice) -> tuple[Array, Array]:
        values = workspace(dx[some], deviation.dtype)
        deviations(x[some], middle[some], rest[some], values)
        return work(widen(dout[some]), values, deviation[some], dx[some])

    parts = in_pieces(piece, len(dout), x.size * deviation.itemsize, blas=True)
    # In the order of the samples, not in that in which threads finish: equal calls must give equal sums.
    dgamma, dbeta = (sum(each) for each in zip(*parts, strict=True))
    return dx, as_result(dgamma, dout.dtype), as_result(dbeta, dout.dtype)
