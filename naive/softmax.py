"""softmax as a layer of its own: positive numbers that add up to 1."""

from typing import NamedTuple

import numpy as np

from .arguments import Array, expect_axes, floating, quiet, upstream


class SoftmaxCache(NamedTuple):
    """The output of softmax, from which its derivative is computed."""

    out: Array


@quiet
def softmax_forward(x: Array) -> tuple[Array, SoftmaxCache]:
    """Compute ``out[..., c] = exp(x[..., c]) / sum_k exp(x[..., k])`` over the last axis.

    Shifting a row does not change its softmax. So each row is shifted to a maximum of 0, and nothing overflows.

    Parameters
    ----------
    x : ndarray, shape (..., C)
        Scores.

    Returns
    -------
    out : ndarray, shape (..., C)
        Probabilities.
    cache : SoftmaxCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.
    ValueError
        If x has no axis.

    """
    x = floating("softmax", "x", x)
    expect_axes("softmax", "x", x, "C, ...")
    out = np.zeros(x.shape, x.dtype)
    for row in np.ndindex(x.shape[:-1]):
        shifted = np.exp(x[row] - np.max(x[row]))
        out[row] = shifted / np.sum(shifted)
    return out, SoftmaxCache(out.copy())


@quiet
def softmax_backward(dout: Array, cache: SoftmaxCache) -> Array:
    """Compute the product of dout with the Jacobian, row by row.

    ::

        d out[c] / d x[k] = out[c] ([c = k] - out[k])
        dx[k] = out[k] (dout[k] - sum_c dout[c] out[c])

    Parameters
    ----------
    dout : ndarray, shape (..., C)
        Upstream gradient.
    cache : SoftmaxCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (..., C)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    out = cache.out
    dout = upstream("softmax", dout, out.shape, out.dtype)
    dx = np.zeros(out.shape, out.dtype)
    for row in np.ndindex(out.shape[:-1]):
        shared = np.sum(dout[row] * out[row])
        dx[row] = out[row] * (dout[row] - shared)
    return dx
