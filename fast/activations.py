"""Element-wise activations, the identity, and flattening."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, floating, ieee, number, ordered, upstream, widen
from .engine.choice import blank, choose
from .engine.pieces import elementwise


class ActivationCache(NamedTuple):
    """The input of an activation."""

    x: Array


class LeakyReluCache(NamedTuple):
    """The input and the slope below zero."""

    x: Array
    slope: float


class ShapeCache(NamedTuple):
    """The shape and dtype of x, all that the backward pass of a layer without arithmetic needs."""

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
    """Compute dx = dout where x > 0, else 0; at 0 the slope is 0, and where x is NaN dx is dout, as in PyTorch.

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
    # The mask is x <= 0, not the negation of x > 0: a comparison with NaN is false, so that dout passes there.
    return elementwise(lambda x, dout, out: blank(x <= 0, dout, out), x, dout)


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
    return elementwise(lambda x, out: _leak(x, slope, out), x), LeakyReluCache(x, slope)


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
    return elementwise(lambda x, dout, out: np.multiply(choose(x > 0, 1, slope, out), dout, out), x, dout)


@ieee
def sigmoid_forward(x: Array) -> tuple[Array, ActivationCache]:
    """Compute out = 1 / (1 + exp(-x)); where exp overflows, it is below the smallest normal number, and out is 0.

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
    return elementwise(logistic, x), ActivationCache(x)


@ieee
def sigmoid_backward(dout: Array, cache: ActivationCache) -> Array:
    """Compute dx = dout s (1 - s), where s = sigmoid(x).

    It is computed as dout / (2 cosh(x / 2))^2, because 1 - s cancels for large x.

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
    return elementwise(_logistic_slope, x, dout)


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

    It is computed as dout / cosh(x)^2, because 1 - tanh(x)^2 cancels for large x.

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
    return elementwise(_tanh_slope, x, dout)


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
    # np.clip keeps NaN, unlike np.where with a comparison; np.maximum with a number works on one entry at a time.
    np.clip(x, 0, np.inf, out=out)


def _leak(x: Array, slope: float, out: Array) -> None:
    if 0 < slope <= 1:  # then the larger of x and slope * x is the output
        np.multiply(x, slope, out)
        np.maximum(x, out, out=out)
    else:
        # np.maximum would pass on the product's NaN (infinity times 0) where the output is x itself.
        choose(x < 0, x * slope, x, out)


def logistic(x: Array, out: Array) -> None:
    """Write 1 / (1 + exp(-x)) into `out`, which may be x."""
    decay = -widen(x)
    if decay.dtype.kind == "c":
        # A complex 1 / (infinity + ...) is NaN: stay below overflow. NumPy compares complex numbers by the real part.
        decay = np.minimum(decay, np.log(np.finfo(decay.dtype).max) - 1)
    np.exp(decay, out=decay)
    decay += 1
    np.divide(1, decay, out=out, casting="same_kind")


def _logistic_slope(x: Array, dout: Array, out: Array) -> None:
    # Divided twice by the root, because its square would overflow earlier.
    root = x * 0.5
    np.cosh(root, out=root)
    root *= 2
    np.divide(dout, root, out)
    out /= root


def _tanh_slope(x: Array, dout: Array, out: Array) -> None:
    root = np.cosh(x)
    np.divide(dout, root, out)
    out /= root


def _flat(shape: tuple[int, ...]) -> tuple[int, int]:
    return shape[0], prod(shape[1:])
