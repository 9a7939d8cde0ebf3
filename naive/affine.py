"""The affine (fully connected, linear) layer."""

import math
from typing import NamedTuple

import numpy as np

from .arguments import Array, expect_axes, expect_shape, floating, optional, quiet, upstream


class AffineCache(NamedTuple):
    """What `affine_backward` needs: the arguments of the forward pass."""

    x: Array
    w: Array
    b: Array | None


@quiet
def affine_forward(x: Array, w: Array, b: Array | None = None) -> tuple[Array, AffineCache]:
    """Compute ``out[n, m] = sum_d x[n, d] w[d, m] + b[m]``, with each sample of x flattened to a row.

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk)
        Input; D = d1 * ... * dk.
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,), optional
        Bias.

    Returns
    -------
    out : ndarray, shape (N, M)
        Output.
    cache : AffineCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If the shapes do not fit.

    """
    x, w, b = _checked(x, w, b)
    N = x.shape[0]
    D, M = w.shape
    rows = x.reshape(N, D)
    out = np.zeros((N, M), x.dtype)
    for n, m in np.ndindex(N, M):
        out[n, m] = np.sum(rows[n] * w[:, m])
        if b is not None:
            out[n, m] += b[m]
    return out, AffineCache(x, w, b)


@quiet
def affine_backward(dout: Array, cache: AffineCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients of `affine_forward`.

    Each product x[n, d] w[d, m] of the forward sum gives each factor dout[n, m] times the other factor::

        dx[n, d] = sum_m dout[n, m] w[d, m]
        dw[d, m] = sum_n dout[n, m] x[n, d]
        db[m]    = sum_n dout[n, m]

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Upstream gradient.
    cache : AffineCache
        From the forward pass.

    Returns
    -------
    dx, dw : ndarray
        Of the shapes of x and w.
    db : ndarray or None
        Of the shape of b; None without one.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    x, w, b = cache
    N = x.shape[0]
    D, M = w.shape
    dout = upstream("affine", dout, (N, M), x.dtype)
    rows = x.reshape(N, D)
    dx = np.zeros((N, D), x.dtype)
    dw = np.zeros((D, M), x.dtype)
    db = np.zeros(M, x.dtype)
    for n, m in np.ndindex(N, M):
        dx[n] += dout[n, m] * w[:, m]
        dw[:, m] += dout[n, m] * rows[n]
        db[m] += dout[n, m]
    return dx.reshape(x.shape), dw, None if b is None else db


def _checked(x: Array, w: Array, b: Array | None) -> tuple[Array, Array, Array | None]:
    x = floating("affine", "x", x)
    w = floating("affine", "w", w, x.dtype)
    b = optional("affine", "b", b, x.dtype)
    expect_axes("affine", "x", x, "N, D, ...")
    expect_axes("affine", "w", w, "D, M")
    expect_shape("affine", "w", w, (math.prod(x.shape[1:]), w.shape[1]))
    if b is not None:
        expect_shape("affine", "b", b, (w.shape[1],))
    return x, w, b
