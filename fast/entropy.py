"""Cross-entropies of two classes, and the Kullback-Leibler divergence."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, shaped, upstream_scalar, widen


class SlopeCache(NamedTuple):
    """The derivative of the sum, which the loss divides by `divisor`."""

    slope: Array
    divisor: int
    dtype: np.dtype[Any]


@ieee
def bce_with_logits_loss_forward(x: Array, y: Array) -> tuple[Array, SlopeCache]:
    """Compute the mean of log(1 + exp(x)) - x y over all entries, the cross-entropy of sigmoid(x) and y.

    As log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), exp cannot overflow.

    Parameters
    ----------
    x : array, any shape
        Logits.
    y : array of x's shape and dtype
        Probabilities, 0 <= y <= 1.

    Returns
    -------
    loss : array ()
    cache : SlopeCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes differ or x is empty.
    """
    x, y = _both("bce_with_logits_loss", x, y)
    scores, above = widen(x), x.real > 0
    decay = np.exp(np.where(above, -scores, scores))
    losses = np.where(above, scores, 0) + np.log1p(decay) - scores * y
    slope = np.where(above, 1, decay) / (1 + decay) - y
    return as_result(losses.sum() / x.size, x.dtype), SlopeCache(slope, x.size, x.dtype)


@ieee
def bce_with_logits_loss_backward(dout: Any, cache: SlopeCache) -> Array:
    """Compute dx = dout (sigmoid(x) - y) / size.

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
    return _share("bce_with_logits_loss", dout, cache)


@ieee
def bce_loss_forward(x: Array, y: Array) -> tuple[Array, SlopeCache]:
    """Compute the mean of -(y log(x) + (1 - y) log(1 - x)) over all entries.

    As in PyTorch, a logarithm is at least -100, and what the gradient divides by at least 1e-12.

    Parameters
    ----------
    x : array, any shape
        Probabilities, 0 <= x <= 1.
    y : array of x's shape and dtype
        Probabilities, 0 <= y <= 1.

    Returns
    -------
    loss : array ()
    cache : SlopeCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes differ or x is empty.
    """
    x, y = _both("bce_loss", x, y)
    p = widen(x)
    target = widen(y)
    losses = target * np.maximum(np.log(p), -100) + (1 - target) * np.maximum(np.log(1 - p), -100)
    slope = (p - target) / np.maximum(p * (1 - p), 1e-12)
    return as_result(-losses.sum() / x.size, x.dtype), SlopeCache(slope, x.size, x.dtype)


@ieee
def bce_loss_backward(dout: Any, cache: SlopeCache) -> Array:
    """Compute dx = dout (x - y) / (x (1 - x)) / size.

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
    return _share("bce_loss", dout, cache)


@ieee
def kl_div_loss_forward(x: Array, y: Array) -> tuple[Array, SlopeCache]:
    """Compute sum(y log(y) - y x) / N, the divergence of probabilities y from exp(x), as PyTorch's "batchmean".

    Parameters
    ----------
    x : array, shape (N, ...)
        Logarithms of probabilities.
    y : array of x's shape and dtype
        Probabilities; where one is 0, so is y log(y) - y x.

    Returns
    -------
    loss : array ()
    cache : SlopeCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes differ, x has no axes, or x is empty.
    """
    x = floating("kl_div_loss", "x", x)
    if x.ndim < 1:
        raise ValueError(f"kl_div_loss: x has shape {x.shape}; expected (N, ...)")
    x, y = _both("kl_div_loss", x, y)
    logarithms, p = widen(x), widen(y)
    is_there = p != 0
    terms = np.where(is_there, p * (np.log(np.where(is_there, p, 1)) - logarithms), 0)
    return as_result(terms.sum() / len(x), x.dtype), SlopeCache(-p, len(x), x.dtype)


@ieee
def kl_div_loss_backward(dout: Any, cache: SlopeCache) -> Array:
    """Compute dx = -dout y / N.

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
    return _share("kl_div_loss", dout, cache)


def _both(layer: str, x: Any, y: Any) -> tuple[Array, Array]:
    """Return logits or probabilities, and targets of their shape and dtype."""
    x = floating(layer, "x", x)
    y = shaped(layer, "y", y, x, x.shape)
    if x.size == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; the mean needs at least one value")
    return x, y


def _share(layer: str, dout: Any, cache: SlopeCache) -> Array:
    slope, divisor, dtype = cache
    return as_result(slope * upstream_scalar(layer, dout, dtype) / divisor, dtype)
