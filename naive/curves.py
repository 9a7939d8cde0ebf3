"""Smooth activations: gelu, silu, elu and softplus."""

import math
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, floating, number, quiet, upstream

CUBIC = 0.044715
"""The factor of the cube in gelu's form with tanh."""

FLAT = 7.0
"""From here on, erf is 1 in double precision: erfc(7) is 4e-23."""

MOST_TERMS = 25
"""Of the series of erf beside the real axis: it is summed to the last digit up to 1 away from there."""

FORMS = ("none", "tanh")


class GeluCache(NamedTuple):
    """The input of gelu, and its form."""

    x: Array
    approximate: str


class SiluCache(NamedTuple):
    """The input of silu."""

    x: Array


class EluCache(NamedTuple):
    """The input of elu, and alpha."""

    x: Array
    alpha: float


class SoftplusCache(NamedTuple):
    """The input of softplus."""

    x: Array


@quiet
def gelu_forward(x: Array, *, approximate: str = "none") -> tuple[Array, GeluCache]:
    """Compute ``out = x P(x)``, where P is the normal distribution (Hendrycks and Gimpel 2016).

    ::

        none:  P(x) = 1/2 (1 + erf(x / sqrt(2)))
        tanh:  P(x) = 1/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))

    Parameters
    ----------
    x : ndarray
        Input of any shape.
    approximate : "none" or "tanh"
        The form: the definition, or its approximation by tanh.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : GeluCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.
    ValueError
        If there is no such form.

    """
    x = floating("gelu", "x", x)
    if approximate not in FORMS:
        raise ValueError(f"gelu: approximate is {approximate!r}; expected 'none' or 'tanh'")
    out = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        out[index] = x[index] * _share(x[index], approximate)
    return out, GeluCache(x, approximate)


@quiet
def gelu_backward(dout: Array, cache: GeluCache) -> Array:
    """Compute ``dx = dout (P(x) + x P'(x))``.

    ::

        none:  P'(x) = exp(-x^2 / 2) / sqrt(2 pi)
        tanh:  P'(x) = 1/2 (1 - t^2) u'(x),  t = tanh(u(x)),  u'(x) = sqrt(2 / pi) (1 + 3 0.044715 x^2)

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : GeluCache
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
    x, approximate = cache
    dout = upstream("gelu", dout, x.shape, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if approximate == "tanh":
            t = np.tanh(_inner(x[index]))
            inner_slope = math.sqrt(2 / math.pi) * (1 + 3 * CUBIC * x[index] ** 2)
            slope = (1 - t**2) * inner_slope / 2
        else:
            slope = np.exp(-(x[index] ** 2) / 2) / math.sqrt(2 * math.pi)
        dx[index] = dout[index] * (_share(x[index], approximate) + x[index] * slope)
    return dx


@quiet
def silu_forward(x: Array) -> tuple[Array, SiluCache]:
    """Compute ``out = x s``, where ``s = sigmoid(x)`` (Elfwing, Uchibe and Doya 2017; also called swish).

    Parameters
    ----------
    x : ndarray
        Input of any shape.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : SiluCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.

    """
    x = floating("silu", "x", x)
    out = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        out[index] = x[index] * _sigmoid(x[index])
    return out, SiluCache(x)


@quiet
def silu_backward(dout: Array, cache: SiluCache) -> Array:
    """Compute ``dx = dout (s + x s (1 - s))``, where ``s = sigmoid(x)``.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : SiluCache
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
    dout = upstream("silu", dout, x.shape, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        s = _sigmoid(x[index])
        dx[index] = dout[index] * (s + x[index] * s * (1 - s))
    return dx


@quiet
def elu_forward(x: Array, *, alpha: float = 1.0) -> tuple[Array, EluCache]:
    """Compute ``out = x where x > 0, else alpha (exp(x) - 1)`` (Clevert, Unterthiner and Hochreiter 2015).

    (Complex numbers are compared by their real part first.)

    Parameters
    ----------
    x : ndarray
        Input of any shape.
    alpha : float
        Minus the output far below zero.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : EluCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating, or alpha not a number.

    """
    x = floating("elu", "x", x)
    alpha = number("elu", "alpha", alpha)
    out = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            out[index] = x[index]
        else:
            out[index] = alpha * np.expm1(x[index])
    return out, EluCache(x, alpha)


@quiet
def elu_backward(dout: Array, cache: EluCache) -> Array:
    """Compute ``dx = dout where x > 0, else dout (out + alpha)``; zero has the slope below it, as in PyTorch.

    Below zero the derivative is alpha exp(x), and that is the output plus alpha.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : EluCache
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
    x, alpha = cache
    dout = upstream("elu", dout, x.shape, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            dx[index] = dout[index]
        else:
            out = alpha * np.expm1(x[index])
            dx[index] = dout[index] * (out + alpha)
    return dx


@quiet
def softplus_forward(x: Array) -> tuple[Array, SoftplusCache]:
    """Compute ``out = log(1 + exp(x))``; above zero in the equal form ``x + log(1 + exp(-x))``.

    The exponent is never positive, so that nothing overflows. (Complex numbers are compared by their real part first.)

    Parameters
    ----------
    x : ndarray
        Input of any shape.

    Returns
    -------
    out : ndarray
        Output of the shape of x.
    cache : SoftplusCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.

    """
    x = floating("softplus", "x", x)
    out = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            out[index] = x[index] + np.log1p(np.exp(-x[index]))
        else:
            out[index] = np.log1p(np.exp(x[index]))
    return out, SoftplusCache(x)


@quiet
def softplus_backward(dout: Array, cache: SoftplusCache) -> Array:
    """Compute ``dx = dout sigmoid(x)``.

    Parameters
    ----------
    dout : ndarray
        Upstream gradient, of the shape of x.
    cache : SoftplusCache
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
    dout = upstream("softplus", dout, x.shape, x.dtype)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        dx[index] = dout[index] * _sigmoid(x[index])
    return dx


def _sigmoid(x: Any) -> Any:
    return np.exp(x) / (1 + np.exp(x)) if x < 0 else 1 / (1 + np.exp(-x))


def _inner(x: Any) -> Any:
    """Return the argument of tanh in gelu's other form."""
    return math.sqrt(2 / math.pi) * (x + CUBIC * x**3)


def _share(x: Any, approximate: str) -> Any:
    """Return the factor of x in gelu: the probability that a normal number is below x."""
    if approximate == "tanh":
        return (1 + np.tanh(_inner(x))) / 2
    return (1 + _erf(x / math.sqrt(2))) / 2


def _erf(z: Any) -> Any:
    """Return ``2 / sqrt(pi)`` times the integral of ``exp(-t^2)`` from 0 to z, for a real or a complex number.

    Python knows the function on the real axis. From there its Taylor series leads to z = a + ib, and converges
    everywhere. From ``f''(a) = -2 a f'(a)`` follows what the coefficients are:

    ::

        c[0] = erf(a),  c[1] = 2 / sqrt(pi) exp(-a^2),  c[k+1] (k+1) k = -2 (a k c[k] + (k-1) c[k-1])
    """
    if not isinstance(z, np.complexfloating):
        return z.dtype.type(math.erf(z))
    a, step = z.real, z - z.real
    total = z.dtype.type(math.erf(a))
    if abs(a) > FLAT:
        return total + 0 * step
    before, here, power = 0.0, 2 / math.sqrt(math.pi) * np.exp(-a * a), step
    for k in range(1, MOST_TERMS):
        total = total + here * power
        before, here = here, -2 * (a * k * here + (k - 1) * before) / ((k + 1) * k)
        power = power * step
        if power == 0:
            break
    return total
