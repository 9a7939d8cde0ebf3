"""Inverted dropout: kept entries are scaled up in training, so that evaluation is the identity."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_shape, floating, number, quiet, upstream


class DropoutCache(NamedTuple):
    """What `dropout_backward` needs; `mask` has ones where an entry was kept, and is None in evaluation."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    mask: Array | None
    keep_prob: float


@quiet
def dropout_forward(
    x: Array,
    *,
    keep_prob: float = 0.5,
    mask: Array | None = None,
    rng: np.random.Generator | None = None,
    training: bool = True,
) -> tuple[Array, DropoutCache]:
    """Compute ``out = x * mask / keep_prob`` in training; otherwise return a copy of x.

    The expectation of mask / keep_prob is one (Srivastava et al. 2014, section 10).

    Parameters
    ----------
    x : ndarray
        Input of any shape.
    keep_prob : float
        Probability that an entry is kept, above 0 and at most 1.
    mask : ndarray of bool, or of zeros and ones, optional
        Which entries are kept, of the shape of x.
    rng : numpy.random.Generator, optional
        Draws the mask, ``rng.random(x.shape) < keep_prob``, if none is given.
    training : bool
        Whether to drop anything.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : DropoutCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating, keep_prob is not a number, or rng not a Generator.
    ValueError
        If keep_prob is out of range, the mask does not fit, or training has neither mask nor rng.

    """
    x = floating("dropout", "x", x)
    keep_prob = number("dropout", "keep_prob", keep_prob)
    if not 0 < keep_prob <= 1:
        raise ValueError(f"dropout: keep_prob is {keep_prob}; expected above 0 and at most 1")
    if not training:
        out = x.copy()
        return out, DropoutCache(x.shape, x.dtype, None, keep_prob)
    kept = _given(mask, x) if mask is not None else _drawn(rng, x, keep_prob)
    out = np.asarray(x * kept / keep_prob, order="C")
    return out, DropoutCache(x.shape, x.dtype, kept, keep_prob)


@quiet
def dropout_backward(dout: Array, cache: DropoutCache) -> Array:
    """Compute ``dx = dout * mask / keep_prob`` after training; after evaluation return a copy of dout.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : DropoutCache
        From the forward pass.

    Returns
    -------
    ndarray
        Gradient of the shape of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    shape, dtype, kept, keep_prob = cache
    dout = upstream("dropout", dout, shape, dtype)
    if kept is None:
        return dout.copy()
    dx = dout * kept / keep_prob
    return np.asarray(dx, order="C")


def _given(mask: Any, x: Array) -> Array:
    mask = np.asarray(mask)
    expect_shape("dropout", "mask", mask, x.shape)
    if not np.all((mask == 0) | (mask == 1)):
        raise ValueError("dropout: mask holds other values than 0 and 1; expected True where x is kept")
    kept: Array = mask.astype(x.dtype)
    return kept


def _drawn(rng: np.random.Generator | None, x: Array, keep_prob: float) -> Array:
    if rng is None:
        raise ValueError("dropout: neither mask nor rng is given; expected one of them in training")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"dropout: rng is a {type(rng).__name__}; expected a numpy.random.Generator")
    kept: Array = rng.random(x.shape) < keep_prob
    return kept
