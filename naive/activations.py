"""Elementwise activations, and the two layers that only move numbers."""

import math
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_axes, floating, number, ordered, quiet, upstream


class ReluCache(NamedTuple):
    """The input of relu."""

    x: Array


class LeakyReluCache(NamedTuple):
    """The input of leaky_relu and its slope."""

    x: Array
    slope: float


class SigmoidCache(NamedTuple):
    """The output of sigmoid, from which its derivative is computed."""

    out: Array


class TanhCache(NamedTuple):
    """The output of tanh, from which its derivative is computed."""

    out: Array


class IdentityCache(NamedTuple):
    """The shape and dtype of identity's input."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class FlattenCache(NamedTuple):
    """The shape and dtype of flatten's input."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def relu_forward(x: Array) -> tuple[Array, ReluCache]:
    """Compute ``out = max(x, 0)``; NaN stays NaN (Nair and Hinton 2010).

    Parameters
    ----------
    x : ndarray
        Input of any shape and a real floating dtype.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : ReluCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not a real floating one.

    """
    x = ordered("relu", "x", x)
    out = x.copy()
    out[x < 0] = 0
    return out, ReluCache(x)


def relu_backward(dout: Array, cache: ReluCache) -> Array:
    """Compute ``dx = dout where x > 0, else 0``; where x is NaN, dx is dout, as in PyTorch.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : ReluCache
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
    x = cache.x
    dout = upstream("relu", dout, x.shape, x.dtype)
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx


@quiet
def leaky_relu_forward(x: Array, *, slope: float = 0.01) -> tuple[Array, LeakyReluCache]:
    """Compute ``out = x * slope where x < 0, else x`` (Maas, Hannun and Ng 2013).

    Parameters
    ----------
    x : ndarray
        Input of any shape and a real floating dtype.
    slope : float
        Slope below zero.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : LeakyReluCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not a real floating one, or the slope not a number.

    """
    x = ordered("leaky_relu", "x", x)
    slope = number("leaky_relu", "slope", slope)
    out = x.copy()
    out[x < 0] *= slope
    return out, LeakyReluCache(x, slope)


@quiet
def leaky_relu_backward(dout: Array, cache: LeakyReluCache) -> Array:
    """Compute ``dx = dout where x > 0, else dout * slope``; zero and NaN take the slope, as in PyTorch.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : LeakyReluCache
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
    x, slope = cache
    dout = upstream("leaky_relu", dout, x.shape, x.dtype)
    dx = dout.copy()
    dx[~(x > 0)] *= slope
    return dx


@quiet
def sigmoid_forward(x: Array) -> tuple[Array, SigmoidCache]:
    """Compute ``out = 1 / (1 + exp(-x))``; below zero in the equal form ``exp(x) / (1 + exp(x))``.

    The exponent is never positive, so that nothing overflows. (Complex numbers are compared by their real part first.
    Both forms are the same analytic function.)

    Parameters
    ----------
    x : ndarray
        Input of any shape.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : SigmoidCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.

    """
    x = floating("sigmoid", "x", x)
    out = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if x[index] < 0:
            out[index] = np.exp(x[index]) / (1 + np.exp(x[index]))
        else:
            out[index] = 1 / (1 + np.exp(-x[index]))
    return out, SigmoidCache(out.copy())


@quiet
def sigmoid_backward(dout: Array, cache: SigmoidCache) -> Array:
    """Compute ``dx = dout * out * (1 - out)``.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : SigmoidCache
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
    out = cache.out
    dout = upstream("sigmoid", dout, out.shape, out.dtype)
    dx = dout * out * (1 - out)
    return np.asarray(dx, order="C")


@quiet
def tanh_forward(x: Array) -> tuple[Array, TanhCache]:
    """Compute ``out = tanh(x)``.

    Parameters
    ----------
    x : ndarray
        Input of any shape.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : TanhCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.

    """
    x = floating("tanh", "x", x)
    out = np.asarray(np.tanh(x), order="C")
    return out, TanhCache(out.copy())


@quiet
def tanh_backward(dout: Array, cache: TanhCache) -> Array:
    """Compute ``dx = dout * (1 - out^2)``.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : TanhCache
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
    out = cache.out
    dout = upstream("tanh", dout, out.shape, out.dtype)
    dx = dout * (1 - out * out)
    return np.asarray(dx, order="C")


def identity_forward(x: Array) -> tuple[Array, IdentityCache]:
    """Return a copy of x.

    Parameters
    ----------
    x : ndarray
        Input of any shape.

    Returns
    -------
    out : ndarray
        The same numbers.
    cache : IdentityCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.

    """
    x = floating("identity", "x", x)
    out = x.copy()
    return out, IdentityCache(x.shape, x.dtype)


def identity_backward(dout: Array, cache: IdentityCache) -> Array:
    """Return a copy of dout.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : IdentityCache
        From the forward pass.

    Returns
    -------
    ndarray
        The same numbers.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    dout = upstream("identity", dout, cache.shape, cache.dtype)
    return dout.copy()


def flatten_forward(x: Array) -> tuple[Array, FlattenCache]:
    """Lay out each sample as a row, with its last axis running fastest.

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk)
        Input; D = d1 * ... * dk, which is 1 for k = 0.

    Returns
    -------
    out : ndarray, shape (N, D)
        The same numbers.
    cache : FlattenCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.
    ValueError
        If x has no axis.

    """
    x = floating("flatten", "x", x)
    expect_axes("flatten", "x", x, "N, ...")
    out = x.reshape(x.shape[0], math.prod(x.shape[1:])).copy()
    return out, FlattenCache(x.shape, x.dtype)


def flatten_backward(dout: Array, cache: FlattenCache) -> Array:
    """Return each row of dout to the shape of its sample.

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        Upstream gradient.
    cache : FlattenCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, d1, ..., dk)
        The same numbers.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    rows = (cache.shape[0], math.prod(cache.shape[1:]))
    dout = upstream("flatten", dout, rows, cache.dtype)
    return dout.reshape(cache.shape).copy()
