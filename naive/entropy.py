"""Losses between probabilities: binary cross-entropy, on logits and on probabilities, and the KL divergence."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_axes, floating, quiet
from .targets import scalar, targets

LOWEST_LOG = -100.0
"""The logarithm of a probability is not taken to be lower, as in PyTorch: that of 0 would be infinite."""

LEAST = 1e-12
"""What the gradient divides by is not taken to be smaller."""


class BceWithLogitsLossCache(NamedTuple):
    """What `bce_with_logits_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array


class BceLossCache(NamedTuple):
    """What `bce_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array


class KlDivLossCache(NamedTuple):
    """What `kl_div_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array


@quiet
def bce_with_logits_loss_forward(x: Array, y: Array) -> tuple[Array, BceWithLogitsLossCache]:
    """Compute the mean binary cross-entropy of ``p = sigmoid(x)``.

    ::

        loss = 1/size sum -(y log(p) + (1 - y) log(1 - p))
             = 1/size sum (max(x, 0) - x y + log(1 + exp(-|x|)))

    In the second form the exponent is never positive, so that nothing overflows, and no probability underflows.
    (Complex numbers are compared by their real parts.)

    Parameters
    ----------
    x : ndarray
        Logits of any shape.
    y : ndarray
        Probabilities from 0 to 1, of the shape and dtype of x.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : BceWithLogitsLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or the two differ.
    ValueError
        If the shapes differ, or there is no entry.

    """
    x = floating("bce_with_logits_loss", "x", x)
    y = targets("bce_with_logits_loss", x, y)
    total = np.zeros((), x.dtype)
    for index in np.ndindex(x.shape):
        if x[index].real > 0:
            total += x[index] - x[index] * y[index] + np.log1p(np.exp(-x[index]))
        else:
            total += -x[index] * y[index] + np.log1p(np.exp(x[index]))
    return np.asarray(total / x.size), BceWithLogitsLossCache(x, y)


@quiet
def bce_with_logits_loss_backward(dout: float | Array, cache: BceWithLogitsLossCache) -> Array:
    """Compute ``dx = dout / size (sigmoid(x) - y)``.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : BceWithLogitsLossCache
        From the forward pass.

    Returns
    -------
    ndarray
        Gradient of the shape of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, y = cache
    dout = scalar("bce_with_logits_loss", dout, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        p = _sigmoid(x[index])
        dx[index] = (p - y[index]) * dout / x.size
    return dx


@quiet
def bce_loss_forward(x: Array, y: Array) -> tuple[Array, BceLossCache]:
    """Compute the mean binary cross-entropy, ``loss = 1/size sum -(y log(x) + (1 - y) log(1 - x))``.

    No logarithm is taken to be below -100, as in PyTorch, so that a probability of 0 does not make the loss infinite.
    (Complex numbers are compared by their real parts.)

    Parameters
    ----------
    x : ndarray
        Probabilities of any shape.
    y : ndarray
        Probabilities from 0 to 1, of the shape and dtype of x.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : BceLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or the two differ.
    ValueError
        If the shapes differ, or there is no entry.

    """
    x = floating("bce_loss", "x", x)
    y = targets("bce_loss", x, y)
    total = np.zeros((), x.dtype)
    for index in np.ndindex(x.shape):
        total -= y[index] * _log(x[index]) + (1 - y[index]) * _log(1 - x[index])
    return np.asarray(total / x.size), BceLossCache(x, y)


@quiet
def bce_loss_backward(dout: float | Array, cache: BceLossCache) -> Array:
    """Compute ``dx = dout / size (x - y) / (x (1 - x))``; nothing is divided by less than 1e-12, as in PyTorch.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : BceLossCache
        From the forward pass.

    Returns
    -------
    ndarray
        Gradient of the shape of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, y = cache
    dout = scalar("bce_loss", dout, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        product = np.maximum(x[index] * (1 - x[index]), x.dtype.type(LEAST))
        dx[index] = (x[index] - y[index]) / product * dout / x.size
    return dx


@quiet
def kl_div_loss_forward(x: Array, y: Array) -> tuple[Array, KlDivLossCache]:
    """Compute the mean over the batch of the KL divergence, ``loss = 1/N sum y (log(y) - x)``.

    x holds logarithms of probabilities and y probabilities, as in PyTorch with the reduction "batchmean". Where y is 0,
    so is its term.

    Parameters
    ----------
    x : ndarray, shape (N, ...)
        Logarithms of the predicted probabilities.
    y : ndarray, shape (N, ...)
        Probabilities of the target, of the dtype of x.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : KlDivLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or the two differ.
    ValueError
        If the shapes differ, x has no axis, or there is no entry.

    """
    x = floating("kl_div_loss", "x", x)
    expect_axes("kl_div_loss", "x", x, "N, ...")
    y = targets("kl_div_loss", x, y)
    N = x.shape[0]
    total = np.zeros((), x.dtype)
    for index in np.ndindex(x.shape):
        if y[index] != 0:
            total += y[index] * (np.log(y[index]) - x[index])
    return np.asarray(total / N), KlDivLossCache(x, y)


@quiet
def kl_div_loss_backward(dout: float | Array, cache: KlDivLossCache) -> Array:
    """Compute ``dx = -dout / N y``.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : KlDivLossCache
        From the forward pass.

    Returns
    -------
    ndarray
        Gradient of the shape of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, y = cache
    dout = scalar("kl_div_loss", dout, x.dtype)
    N = x.shape[0]
    dx = -y * dout / N
    return np.asarray(dx, order="C")


def _sigmoid(x: Any) -> Any:
    return np.exp(x) / (1 + np.exp(x)) if x.real < 0 else 1 / (1 + np.exp(-x))


def _log(p: Any) -> Any:
    """Return the logarithm of a probability, and at least -100."""
    return np.maximum(np.log(p), p.dtype.type(LOWEST_LOG))
