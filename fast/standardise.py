"""What all normalisations share: values to mean 0 and variance 1 along some axes, and the way back."""

from math import prod
from typing import NamedTuple

import numpy as np

from fast.arguments import Array, as_result

Axes = tuple[int, ...]


class Moments(NamedTuple):
    """Mean and biased variance; the reduced axes stay, with extent 1."""

    mean: Array
    variance: Array


def count(x: Array, axes: Axes) -> int:
    """Return how many values one mean along `axes` is over."""
    return prod(x.shape[axis] for axis in axes)


def mean(x: Array, axes: Axes) -> Array:
    """Return the mean along `axes`, which stay with extent 1."""
    total: Array = x.sum(axis=axes, keepdims=True)
    return total / count(x, axes)


def centred(x: Array, axes: Axes) -> tuple[Array, Moments]:
    """Return x minus its mean, and the moments of x.

    Two passes, as E[x^2] - E[x]^2 cancels when the mean is large. The first mean is off by a rounding, which
    counts next to a small variance; centring once more takes it out.
    """
    rough = mean(x, axes)
    deviations = x - rough
    correction = mean(deviations, axes)
    deviations -= correction
    return deviations, Moments(rough + correction, mean(deviations * deviations, axes))


def spread(variance: Array, eps: float) -> Array:
    """Return sqrt(variance + eps)."""
    root: Array = np.sqrt(variance + eps)
    return root


def centred_gradient(dnormalised: Array, normalised: Array, deviation: Array, axes: Axes) -> Array:
    """Return the gradient of x, from that of normalised = (x - mean) / deviation.

    Both moments are functions of x. With n values, the derivative of normalised_i by x_j is
    (delta_ij - 1 / n - normalised_i normalised_j / n) / deviation: S. Ioffe and C. Szegedy, "Batch
    Normalization" (2015), section 3, with the three terms gathered.
    """
    along_mean = mean(dnormalised, axes)
    along_normalised = mean(dnormalised * normalised, axes)
    gradient: Array = (dnormalised - along_mean - normalised * along_normalised) / deviation
    return gradient


def affine_gradients(dout: Array, normalised: Array, gamma: Array, axes: Axes) -> tuple[Array, Array]:
    """Return dgamma and dbeta, out being gamma * normalised + beta."""
    dgamma = (dout * normalised).sum(axis=axes)
    return as_result(dgamma, gamma.dtype), as_result(dout.sum(axis=axes), gamma.dtype)


def per_channel(values: Array, rank: int) -> Array:
    """Return values (C,) with axes of extent 1 around, to go with an input of `rank` axes."""
    return values.reshape(values.shape + (1,) * (rank - 2))


def all_but_channels(x: Array) -> Axes:
    """Return the axes of x (N, C, ...) other than the channels'."""
    return 0, *range(2, x.ndim)
