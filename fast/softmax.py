"""Softmax as a layer of its own, over the last axis."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, upstream, widen


class ProbabilitiesCache(NamedTuple):
    """The probabilities, in the precision in which they were computed."""

    p: Array
    dtype: np.dtype[Any]


@ieee
def softmax_forward(x: Array) -> tuple[Array, ProbabilitiesCache]:
    """Compute out = exp(x) / sum(exp(x)) over the last axis, of x less its largest entry there.

    Parameters
    ----------
    x : array (..., C)
        Scores.

    Returns
    -------
    out : array of x's shape
    cache : ProbabilitiesCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    ValueError
        If x has no axes.
    """
    x = floating("softmax", "x", x)
    if x.ndim < 1:
        raise ValueError(f"softmax: x has shape {x.shape}; expected (C, ...)")
    scores = widen(x)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True)) if x.size else scores.copy()
    p /= p.sum(axis=-1, keepdims=True)
    return p.astype(x.dtype), ProbabilitiesCache(p, x.dtype)


@ieee
def softmax_backward(dout: Array, cache: ProbabilitiesCache) -> Array:
    """Compute dx = p dout - p <p, dout> along the last axis, where p is the output.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : ProbabilitiesCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    p, dtype = cache
    dout = upstream("softmax", dout, p.shape, dtype)
    weighted = p * dout
    return as_result(weighted - p * weighted.sum(axis=-1, keepdims=True), dtype)
