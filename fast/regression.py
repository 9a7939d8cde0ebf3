"""Means over all entries of a function of the differences: of their size, and of Huber's function."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, number, ordered, shaped, upstream_scalar, widen


class SlopeCache(NamedTuple):
    """The derivative of each entry's share in the loss, times the number of entries."""

    slope: Array
    dtype: np.dtype[Any]


@ieee
def l1_loss_forward(x: Array, y: Array) -> tuple[Array, SlopeCache]:
    """Compute the mean absolute error over all entries, loss = mean(|x - y|).

    Parameters
    ----------
    x : array, any shape
        Predictions, real.
    y : array of x's shape and dtype
        Targets.

    Returns
    -------
    loss : array ()
    cache : SlopeCache

    Raises
    ------
    TypeError
        If a dtype is not real floating, or the dtypes differ.
    ValueError
        If the shapes differ or x is empty.
    """
    x = ordered("l1_loss", "x", x)
    y = _targets("l1_loss", y, x)
    difference = widen(x) - y
    return as_result(np.abs(difference).sum() / x.size, x.dtype), SlopeCache(np.sign(difference), x.dtype)


@ieee
def l1_loss_backward(dout: Any, cache: SlopeCache) -> Array:
    """Compute dx = dout sign(x - y) / size; 0 where they are equal, as in PyTorch.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : SlopeCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    return _share("l1_loss", dout, cache)


@ieee
def huber_loss_forward(x: Array, y: Array, *, delta: float = 1.0) -> tuple[Array, SlopeCache]:
    """Compute the mean of Huber's function: half the square of x - y, and a tangent of it beyond delta.

    P. J. Huber, "Robust estimation of a location parameter" (1964). With c = x - y clipped to [-delta, delta], it is
    c (x - y - c / 2).

    Parameters
    ----------
    x : array, any shape
        Predictions.
    y : array of x's shape and dtype
        Targets.
    delta : float
        Where the tangent begins.

    Returns
    -------
    loss : array ()
    cache : SlopeCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or delta is not a number.
    ValueError
        If the shapes differ, x is empty, or delta is not positive.
    """
    x = floating("huber_loss", "x", x)
    y = _targets("huber_loss", y, x)
    delta = number("huber_loss", "delta", delta)
    if not delta > 0:
        raise ValueError(f"huber_loss: delta must be positive, got {delta:g}")
    difference = widen(x) - y
    # By the real part: complex numbers have no range to be clipped to.
    outside = np.abs(difference.real) > delta
    slope = np.where(outside, delta * np.sign(difference.real), difference)
    # What is multiplied by its half is clipped before, so that it does not overflow.
    total = (slope * (difference - slope / 2)).sum()
    return as_result(total / x.size, x.dtype), SlopeCache(slope, x.dtype)


@ieee
def huber_loss_backward(dout: Any, cache: SlopeCache) -> Array:
    """Compute dx = dout c / size, where c = x - y clipped to [-delta, delta].

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : SlopeCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    return _share("huber_loss", dout, cache)


def _targets(layer: str, y: Any, x: Array) -> Array:
    targets = shaped(layer, "y", y, x, x.shape)
    if x.size == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; the mean needs at least one value")
    return targets


def _share(layer: str, dout: Any, cache: SlopeCache) -> Array:
    slope, dtype = cache
    return as_result(slope * upstream_scalar(layer, dout, dtype) / slope.size, dtype)
