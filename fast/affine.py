"""Fully connected layer."""

from math import prod
from typing import NamedTuple

from .arguments import Array, as_result, floating, ieee, matching, shaped, upstream, widen


class AffineCache(NamedTuple):
    """What the backward pass needs."""

    x: Array
    w: Array
    b: Array | None


@ieee
def affine_forward(x: Array, w: Array, b: Array | None = None) -> tuple[Array, AffineCache]:
    """Compute out = x w + b, each sample of x flattened to a row.

    Parameters
    ----------
    x : array (N, d1, ..., dk)
        Input.
    w : array (D, M)
        Weights, D = d1 * ... * dk.
    b : array (M,), optional
        Bias.

    Returns
    -------
    out : array (N, M)
    cache : AffineCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit.
    """
    x = floating("affine", "x", x)
    w = matching("affine", "w", w, x, "D, M")
    if x.ndim < 2 or prod(x.shape[1:]) != w.shape[0]:
        raise ValueError(
            f"affine: x has shape {x.shape}; expected (N, ...) with {w.shape[0]} values a sample"
        )
    # It is enough to widen one factor here and below: NumPy promotes the other one.
    out = widen(_rows(x)) @ w
    if b is not None:
        b = shaped("affine", "b", b, x, w.shape[1:])
        out += b
    return as_result(out, x.dtype), AffineCache(x, w, b)


@ieee
def affine_backward(dout: Array, cache: AffineCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients; with X the rows of x, out = X w + b gives dX = dout w^T, dw = X^T dout.

    Parameters
    ----------
    dout : array (N, M)
        Gradient of the output.
    cache : AffineCache
        From the forward pass.

    Returns
    -------
    dx : array (N, d1, ..., dk)
    dw : array (D, M)
    db : array (M,), or None without a bias

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w, b = cache
    dout = widen(upstream("affine", dout, (x.shape[0], w.shape[1]), x.dtype))
    dx = (dout @ w.T).reshape(x.shape)
    dw = _rows(x).T @ dout
    db = None if b is None else as_result(dout.sum(axis=0), x.dtype)
    return as_result(dx, x.dtype), as_result(dw, x.dtype), db


def _rows(x: Array) -> Array:
    # Not reshape(N, -1): NumPy cannot infer that size for an empty batch.
    return x.reshape(x.shape[0], prod(x.shape[1:]))
