"""Element-wise activations, the identity, and flattening."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from fast.arguments import Array, floating, ieee, number, ordered, upstream
from fast.choice import choose
from fast.pieces import elementwise


class ActivationCache(NamedTuple):
    """The input of an activation."""

    x: Array


class LeakyReluCache(NamedTuple):
    """The input and the slope below zero."""

    x: Array
    slope: float


class ShapeCache(NamedTuple):
    """All that is needed where values pass unchanged."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def relu_forward(x: Array) -> tuple[Array, ActivationCache]:
    """Compute out = max(x, 0).

    Parameters
    ----------
    x : array, any shape
        Input, real.

    Returns
    -------
    out : array of x's shape
        NaN where x is.
    cache : ActivationCache

    Raises
    ------
    TypeError
        If the dtype of x is not real floating.
    """
    x = ordered("relu", "x", x)
    return elementwise(_rectify, x), ActivationCache(x)


def relu_backward(dout: Array, cache: ActivationCache) -> Array:
    """Compute dx = dout where x > 0, else 0; the slope at 0 is 0, and NaN passes dout on, as in PyTorch.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : ActivationCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x = cache.x
    dout = upstream("relu", dout, x.shape, x.dtype)
    # Asking for x <= 0, which NaN is not, lets dout pass there.
    return elementwise(lambda x, dout, out: choose(x <= 0, 0, dout, out), x, dout)


@ieee
def leaky_relu_forward(x: Array, *, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """Compute out = x where x >= 0, else slope * x.

    Parameters
    ----------
    x : array, any shape
        Input, real.
    slope : float
        Slope below zero.

    Returns
    -------
    out : array of x's shape
        NaN where x is.
    cache : LeakyReluCache

    Raises
    ------
    TypeError
        If the dtype of x is not real floating.
    """
    x = ordered("leaky_relu", "x", x)
    slope = number("leaky_relu", "slope", slope)
    return elementwise(lambda x, out: choose(x < 0, x * slope, x, out), x), LeakyReluCache(x, slope)


@ieee
def leaky_relu_backward(dout: Array, cache: LeakyReluCache) -> Array:
    """Compute dx = dout where x > 0, else slope * dout, also at 0, as in PyTorch.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : LeakyReluCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, slope = cache
    dout = upstream("leaky_relu", dout, x.shape, x.dtype)
    return elementwise(lambda x, dout, out: choose(x > 0, dout, dout * slope, out), x, dout)


@ieee
def sigmoid_forward(x: Array) -> tuple[Array, ActivationCache]:
    """Compute out = 1 / (1 + exp(-x)), for x < 0 as exp(x) / (1 + exp(x)): neither exp can overflow.

    Parameters
    ----------
    x : array, any shape
        Input, real or complex.

    Returns
    -------
    out : array of x's shape
    cache : ActivationCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    """
    x = floating("sigmoid", "x", x)
    return elementwise(_logistic, x), ActivationCache(x)


@ieee
def sigmoid_backward(dout: Array, cache: ActivationCache) -> Array:
    """Compute dx = dout s (1 - s), where s = sigmoid(x).

    With e = exp(-|x|), s (1 - s) = e / (1 + e)^2, in which nothing cancels for large x.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : ActivationCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x = cache.x
    dout = upstream("sigmoid", dout, x.shape, x.dtype)
    return elementwise(lambda x, dout, out: np.multiply(dout, _bell(_decay(x)), out), x, dout)


@ieee
def tanh_forward(x: Array) -> tuple[Array, ActivationCache]:
    """Compute out = tanh(x).

    Parameters
    ----------
    x : array, any shape
        Input, real or complex.

    Returns
    -------
    out : array of x's shape
    cache : ActivationCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    """
    x = floating("tanh", "x", x)
    return elementwise(np.tanh, x), ActivationCache(x)


@ieee
def tanh_backward(dout: Array, cache: ActivationCache) -> Array:
    """Compute dx = dout (1 - tanh(x)^2).

    With e = exp(-2|x|), 1 - tanh(x)^2 = 4 e / (1 + e)^2, in which nothing cancels for large x.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : ActivationCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x = cache.x
    dout = upstream("tanh", dout, x.shape, x.dtype)
    return elementwise(lambda x, dout, out: np.multiply(dout, 4 * _bell(_decay(2 * x)), out), x, dout)


def identity_forward(x: Array) -> tuple[Array, ShapeCache]:
    """Copy x.

    Parameters
    ----------
    x : array, any shape
        Input.

    Returns
    -------
    out : array of x's shape
    cache : ShapeCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    """
    x = floating("identity", "x", x)
    return x.copy(), ShapeCache(x.shape, x.dtype)


def identity_backward(dout: Array, cache: ShapeCache) -> Array:
    """Copy dout.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : ShapeCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    return upstream("identity", dout, cache.shape, cache.dtype).copy()


def flatten_forward(x: Array) -> tuple[Array, ShapeCache]:
    """Lay out each sample as a row.

    Parameters
    ----------
    x : array (N, ...)
        Input.

    Returns
    -------
    out : array (N, D)
        D is the product of the other extents.
    cache : ShapeCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    ValueError
        If x has no axes.
    """
    x = floating("flatten", "x", x)
    if x.ndim < 1:
        raise ValueError(f"flatten: x has shape {x.shape}; expected (N, ...)")
    return x.copy().reshape(_flat(x.shape)), ShapeCache(x.shape, x.dtype)


def flatten_backward(dout: Array, cache: ShapeCache) -> Array:
    """Lay dout out in the shape of x.

    Parameters
    ----------
    dout : array (N, D)
        Gradient of the output.
    cache : ShapeCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    return upstream("flatten", dout, _flat(cache.shape), cache.dtype).copy().reshape(cache.shape)


def _rectify(x: Array, out: Array) -> None:
    # np.maximum, unlike a comparison, keeps NaN; with a scalar it would take one entry at a time.
    np.maximum(x, np.zeros_like(x), out=out)


def _logistic(x: Array, out: Array) -> None:
    decay = _decay(x)
    np.divide(choose(x > 0, 1, decay, out), 1 + decay, out)


def _decay(x: Array) -> Array:
    """Return exp(-|x|), written without abs so that the complex step derivative goes through it."""
    decay = -x
    # NumPy orders complex numbers by their real parts first.
    np.minimum(x, decay, out=decay)
    return np.exp(decay, out=decay)


def _bell(decay: Array) -> Array:
    """Turn decay into decay / (1 + decay)^2."""
    root = 1 + decay
    root *= root
    decay /= root
    return decay


def _flat(shape: tuple[int, ...]) -> tuple[int, int]:
    return shape[0], prod(shape[1:])
