"""Normalisation of each sample by itself: some samples at a time."""

import numpy as np

from fast.arguments import Array, as_result, widen
from fast.pieces import in_pieces
from fast.standardise import Axes, centred, centred_gradient, mean


def normalise_samples(
    x: Array, gamma: Array, beta: Array, eps: float, axes: Axes
) -> tuple[Array, Array, Array]:
    """Return gamma * normalised + beta, normalised, and the deviation it was divided by.

    Parameters
    ----------
    x : array (N, ...)
        Values.
    gamma, beta : array (1, ...)
        Scale and shift.
    eps : float
        Added to the variance.
    axes : tuple of int
        What is normalised over, not samples.
    """
    out, normalised = np.empty_like(x), np.empty(x.shape, widen(x[:0]).dtype)
    deviation = np.empty(mean_shape(x.shape, axes), normalised.dtype)

    def work(some: slice) -> None:
        values, moments = centred(widen(x[some]), axes)
        np.sqrt(moments.variance + eps, out=deviation[some])
        np.divide(values, deviation[some], out=normalised[some])
        np.multiply(normalised[some], gamma, out=values)
        np.add(values, beta, out=out[some], casting="same_kind")

    in_pieces(work, len(x), normalised.nbytes, blas=True)
    return out, normalised, deviation


def sample_gradients(
    dout: Array, normalised: Array, deviation: Array, gamma: Array, axes: Axes, shared: Axes
) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta.

    Parameters
    ----------
    dout, normalised : array (N, ...)
        Gradient of the output, and the normalised values.
    deviation : array
        What they were divided by.
    gamma : array (1, ...)
        Scale.
    axes : tuple of int
        What was normalised over.
    shared : tuple of int
        Along which gamma and beta are; their gradients are sums over these axes.
    """
    dx = np.empty_like(dout)

    def work(some: slice) -> tuple[Array, Array]:
        gradient, values = widen(dout[some]), normalised[some]
        scaled = gradient * values
        dgamma, dbeta = scaled.sum(axis=shared), gradient.sum(axis=shared)
        np.multiply(gradient, gamma, out=scaled)
        centred = centred_gradient(scaled, values, mean(scaled, axes, values), mean(scaled, axes))
        np.divide(centred, deviation[some], out=dx[some], casting="same_kind")
        return dgamma, dbeta

    parts = in_pieces(work, len(dout), normalised.nbytes, blas=True)
    # Added up in the order of the samples, not in that in which threads finish.
    dgamma, dbeta = (sum(each) for each in zip(*parts, strict=True))
    return dx, as_result(dgamma, dout.dtype), as_result(dbeta, dout.dtype)


def mean_shape(shape: tuple[int, ...], axes: Axes) -> tuple[int, ...]:
    """Return the shape of a mean along `axes`, which stay with extent 1."""
    return tuple(1 if axis in axes else extent for axis, extent in enumerate(shape))
