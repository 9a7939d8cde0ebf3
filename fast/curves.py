"""Activations without a sharp kink: GELU, SiLU, ELU and softplus."""

from functools import partial
from typing import NamedTuple

import numpy as np

from .arguments import Array, floating, ieee, number, upstream, widen
from .engine.erf import erf
from .engine.pieces import elementwise

ROOT = 0.7978845608028654  # sqrt(2 / pi)
BEND = 0.044715


class CurveCache(NamedTuple):
    """The input of an activation."""

    x: Array


class GeluCache(NamedTuple):
    """The input, and whether the normal distribution is approximated by tanh."""

    x: Array
    by_tanh: bool


class EluCache(NamedTuple):
    """The input, and alpha."""

    x: Array
    alpha: float


@ieee
def gelu_forward(x: Array, *, approximate: str = "none") -> tuple[Array, GeluCache]:
    """Compute out = x Phi(x), where Phi is the normal distribution function, or its approximation by tanh.

    D. Hendrycks and K. Gimpel, "Gaussian error linear units" (2016).

    Parameters
    ----------
    x : array, any shape
        Input, real or complex.
    approximate : "none" or "tanh"
        Whether Phi is exact, or (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.

    Returns
    -------
    out : array of x's shape
    cache : GeluCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    ValueError
        If `approximate` is neither of the two.
    """
    x = floating("gelu", "x", x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    by_tanh = approximate == "tanh"
    return elementwise(_gelu_by_tanh if by_tanh else _gelu, x), GeluCache(x, by_tanh)


@ieee
def gelu_backward(dout: Array, cache: GeluCache) -> Array:
    """Compute dx = dout (Phi(x) + x phi(x)), where phi is the density, or the derivative of the approximation.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : GeluCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, by_tanh = cache
    dout = upstream("gelu", dout, x.shape, x.dtype)
    return elementwise(_gelu_slope_by_tanh if by_tanh else _gelu_slope, x, dout)


@ieee
def silu_forward(x: Array) -> tuple[Array, CurveCache]:
    """Compute out = x sigmoid(x).

    Parameters
    ----------
    x : array, any shape
        Input, real or complex.

    Returns
    -------
    out : array of x's shape
    cache : CurveCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    """
    x = floating("silu", "x", x)
    return elementwise(_silu, x), CurveCache(x)


@ieee
def silu_backward(dout: Array, cache: CurveCache) -> Array:
    """Compute dx = dout s (1 + x sigmoid(-x)), where s = sigmoid(x).

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : CurveCache
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
    dout = upstream("silu", dout, x.shape, x.dtype)
    return elementwise(_silu_slope, x, dout)


@ieee
def elu_forward(x: Array, *, alpha: float = 1.0) -> tuple[Array, EluCache]:
    """Compute out = max(x, 0) + alpha expm1(min(x, 0)).

    Parameters
    ----------
    x : array, any shape
        Input, real or complex.
    alpha : float
        Minus the limit below zero.

    Returns
    -------
    out : array of x's shape
    cache : EluCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating, or alpha not a number.
    """
    x = floating("elu", "x", x)
    alpha = number("elu", "alpha", alpha)
    return elementwise(partial(_elu, alpha), x), EluCache(x, alpha)


@ieee
def elu_backward(dout: Array, cache: EluCache) -> Array:
    """Compute dx = dout where x > 0, else dout alpha exp(x), also at 0, as in PyTorch.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : EluCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, alpha = cache
    dout = upstream("elu", dout, x.shape, x.dtype)
    return elementwise(partial(_elu_slope, alpha), x, dout)


@ieee
def softplus_forward(x: Array) -> tuple[Array, CurveCache]:
    """Compute out = log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), in which exp cannot overflow.

    Parameters
    ----------
    x : array, any shape
        Input, real or complex.

    Returns
    -------
    out : array of x's shape
    cache : CurveCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating.
    """
    x = floating("softplus", "x", x)
    return elementwise(_softplus, x), CurveCache(x)


@ieee
def softplus_backward(dout: Array, cache: CurveCache) -> Array:
    """Compute dx = dout sigmoid(x).

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : CurveCache
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
    dout = upstream("softplus", dout, x.shape, x.dtype)
    return elementwise(_softplus_slope, x, dout)


def _write(values: Array, out: Array) -> None:
    np.copyto(out, values, casting="same_kind")


def _gelu(x: Array, out: Array) -> None:
    x = widen(x)
    _write(x * _normal(x), out)


def _gelu_slope(x: Array, dout: Array, out: Array) -> None:
    x = widen(x)
    density = np.exp(x * x * -0.5) * (ROOT / 2)
    _write((_normal(x) + x * density) * dout, out)


def _normal(x: Array) -> Array:
    return np.asarray(0.5 + 0.5 * erf(x * 0.7071067811865476))


def _gelu_by_tanh(x: Array, out: Array) -> None:
    x = widen(x)
    _write(0.5 * x * (1 + np.tanh(ROOT * x * (1 + BEND * x * x))), out)


def _gelu_slope_by_tanh(x: Array, dout: Array, out: Array) -> None:
    x = widen(x)
    square = x * x
    t = np.tanh(ROOT * x * (1 + BEND * square))
    rise = x * (1 - t * t) * ROOT * (1 + 3 * BEND * square)
    _write(0.5 * (1 + t + rise) * dout, out)


def _decay(x: Array) -> Array:
    """Return exp(-|x|), for complex numbers exp(-x) or exp(x) by the sign of the real part."""
    return np.asarray(np.exp(np.where(x > 0, -x, x)))


def _logistic(x: Array) -> Array:
    decay = _decay(x)
    return np.asarray(np.where(x > 0, 1, decay) / (1 + decay))


def _silu(x: Array, out: Array) -> None:
    x = widen(x)
    _write(x * _logistic(x), out)


def _silu_slope(x: Array, dout: Array, out: Array) -> None:
    x = widen(x)
    _write(_logistic(x) * (1 + x * _logistic(-x)) * dout, out)


def _elu(alpha: float, x: Array, out: Array) -> None:
    x = widen(x)
    # Clipped before exp, so that what is not chosen does not overflow; a comparison alone would lose no NaN either.
    _write(np.where(x > 0, x, alpha * np.expm1(np.where(x > 0, 0, x))), out)


def _elu_slope(alpha: float, x: Array, dout: Array, out: Array) -> None:
    x = widen(x)
    _write(np.where(x > 0, 1, alpha * np.exp(np.where(x > 0, 0, x))) * dout, out)


def _softplus(x: Array, out: Array) -> None:
    x = widen(x)
    _write(np.where(x > 0, x, 0) + np.log1p(_decay(x)), out)


def _softplus_slope(x: Array, dout: Array, out: Array) -> None:
    _write(_logistic(widen(x)) * dout, out)
