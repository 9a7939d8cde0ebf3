"""Losses of a regression besides the mean square: the mean of absolute differences, and Huber's between the two."""

from typing import NamedTuple

import numpy as np

from .arguments import Array, floating, number, ordered, quiet
from .targets import scalar, targets


class L1LossCache(NamedTuple):
    """What `l1_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array


class HuberLossCache(NamedTuple):
    """What `huber_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array
    delta: float


@quiet
def l1_loss_forward(x: Array, y: Array) -> tuple[Array, L1LossCache]:
    """Compute ``loss = 1/size sum |x - y|``, the mean over all entries.

    Parameters
    ----------
    x : ndarray
        Predictions of any shape and a real floating dtype.
    y : ndarray
        Targets, of the shape and dtype of x.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : L1LossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not a real floating one, or the two differ.
    ValueError
        If the shapes differ, or there is no entry.

    """
    x = ordered("l1_loss", "x", x)
    y = targets("l1_loss", x, y)
    total = np.sum(np.abs(x - y))
    return np.asarray(total / x.size), L1LossCache(x, y)


@quiet
def l1_loss_backward(dout: float | Array, cache: L1LossCache) -> Array:
    """Compute ``dx = dout / size sign(x - y)``; the slope at the kink is 0, as in PyTorch.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : L1LossCache
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
    dout = scalar("l1_loss", dout, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        sign = np.sign(x[index] - y[index])
        dx[index] = sign * dout / x.size
    return dx


@quiet
def huber_loss_forward(x: Array, y: Array, *, delta: float = 1.0) -> tuple[Array, HuberLossCache]:
    """Compute the mean of Huber's function of the differences d = x - y (Huber 1964).

    ::

        h(d) = d^2 / 2                    where |d| <= delta
        h(d) = delta (|d| - delta / 2)    elsewhere

    The two meet with the same slope. (Complex numbers are compared by their real parts.)

    Parameters
    ----------
    x : ndarray
        Predictions of any shape.
    y : ndarray
        Targets, of the shape and dtype of x.
    delta : float
        Where the square ends.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : HuberLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, the two differ, or delta is not a number.
    ValueError
        If the shapes differ, there is no entry, or delta is not positive.

    """
    x = floating("huber_loss", "x", x)
    y = targets("huber_loss", x, y)
    delta = number("huber_loss", "delta", delta)
    if not delta > 0:
        raise ValueError(f"huber_loss: delta is {delta:g}; expected a positive number")
    total = np.zeros((), x.dtype)
    for index in np.ndindex(x.shape):
        d = x[index] - y[index]
        if abs(d.real) <= delta:
            total += d**2 / 2
        else:
            total += delta * (np.sign(d.real) * d - delta / 2)
    return np.asarray(total / x.size), HuberLossCache(x, y, delta)


@quiet
def huber_loss_backward(dout: float | Array, cache: HuberLossCache) -> Array:
    """Compute ``dx = dout / size h'(x - y)``: the difference itself, clipped to the range from -delta to delta.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : HuberLossCache
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
    x, y, delta = cache
    dout = scalar("huber_loss", dout, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        d = x[index] - y[index]
        slope = d if abs(d.real) <= delta else delta * np.sign(d.real)
        dx[index] = slope * dout / x.size
    return dx
