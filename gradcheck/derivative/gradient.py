"""The whole gradient of a function, entry by entry, with the error of each."""

import warnings
from collections.abc import Callable
from typing import Literal, overload

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative import directions
from gradcheck.derivative.line import Vector, Weighed
from gradcheck.derivative.noise import noise
from gradcheck.derivative.slope import HEAD, Slope, Slopes, refined
from gradcheck.evidence import numeric

__tracebackhide__ = True

SHARP = 1e-9
"""The share of a derivative that its bound should be; beyond it, smaller steps are tried."""


class KinkWarning(UserWarning):
    """A function has a kink or a jump where its derivative was asked for."""


Function = Callable[[Array], object]


@overload
def numerical_gradient(
    f: Function, x: Array, dout: Array | float | None = None, *, full: Literal[False] = False
) -> Array: ...


@overload
def numerical_gradient(
    f: Function, x: Array, dout: Array | float | None = None, *, full: Literal[True]
) -> tuple[Array, Array]: ...


def numerical_gradient(
    f: Function, x: Array, dout: Array | float | None = None, *, full: bool = False
) -> Array | tuple[Array, Array]:
    """Return the gradient of ``f`` at `x`, by extrapolated central differences, sharpened by the complex step.

    Parameters
    ----------
    f : callable
        Takes an array of `x`'s shape, and returns a number or an array, which `dout` weighs.
    x : ndarray
        The point, of a floating dtype; it is not changed.
    dout : ndarray or float, optional
        Upstream gradient: an array of the output's shape, or one number for all entries. Ones by default, which gives
        the gradient of a scalar `f`.
    full : bool
        Whether to return the error of each entry, too.

    Returns
    -------
    gradient : ndarray
        The gradient, of `x`'s shape, in float64; NaN where the function jumps.
    error : ndarray
        With `full`: a bound of each entry's error, measured from the rounding of `f` and the agreement of several
        steps. It is infinite where the function jumps, and spans both one-sided slopes at a kink.

    Raises
    ------
    TypeError
        If `x` is not of a floating dtype: steps on integers would be truncated.
    ValueError
        If `dout` is neither a number nor an array of the output's shape.

    Warns
    -----
    KinkWarning
        Where the function has a kink or a jump.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**3).sum(), np.array([1.0, 2.0])).round(9)
    array([ 3., 12.])
    >>> gradient, error = numerical_gradient(np.exp, np.array([0.0]), full=True)
    >>> bool(abs(gradient[0] - 1) <= error[0] <= 1e-8)
    True
    """
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise TypeError(
            f"numerical_gradient: x has dtype {x.dtype}; expected a floating dtype (x.astype(float))"
        )

    def g(values: Array) -> Array:
        return np.asarray(f(values))

    point = x.astype(np.float64)
    out = g(point.copy())
    weights = np.ones_like(out, dtype=np.float64) if dout is None else np.asarray(dout, dtype=np.float64)
    if weights.shape not in ((), out.shape):
        raise ValueError(
            f"numerical_gradient: dout has shape {weights.shape}; expected {out.shape}, the shape of f(x): "
            "give one number for each entry"
        )
    weights = np.broadcast_to(weights, out.shape)
    values, errors, gaps = _entries(g, point, weights)
    _warn(gaps, errors)
    values = _sharpened(g, point, weights, values, errors)
    return (values, errors) if full else values


def _entries(f: Vector, x: Array, dout: Array) -> tuple[Array, Array, Array]:
    """Return the derivative along each entry, its error, and the gap between its one-sided slopes."""
    values, errors, gaps = np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape)
    if not x.size:
        return values, errors, gaps
    line, unit = Weighed(f, x, dout), directions.steps(x.ravel())
    everything = Slopes(line, directions.along(unit, unit > 0, None, np.random.default_rng(0)))
    everything.ask(*HEAD)
    sigma = noise(line, everything.v, everything.moves(), everything.grid())
    for entry in range(x.size):
        slope, step = entry_slope(line, sigma, unit, entry)
        values.flat[entry] = slope.value / step
        errors.flat[entry] = slope.bound / step
        gaps.flat[entry] = float(np.sum(slope.gap)) / step
    values[~np.isfinite(errors)] = np.nan
    return values, errors, gaps


def entry_slope(line: Weighed, sigma: Array, unit: Array, entry: int) -> tuple[Slope, float]:
    """Return the slope along one entry, given as a flat index, and the step that it belongs to."""
    slopes = Slopes(line, directions.only(unit, np.array([entry])))
    slopes.ask(*HEAD)
    first = refined(slopes, sigma, np.inf)
    return refined(slopes, sigma, SHARP * abs(first.value)), float(unit[entry])


def _warn(gaps: Array, errors: Array) -> None:
    for what, mask, then in (
        ("jumps", ~np.isfinite(errors), "there is no derivative there"),
        (
            "has a kink",
            (gaps > 0) & np.isfinite(errors),
            "the value there is the mean of the slopes on both sides",
        ),
    ):
        if mask.any():
            index = ", ".join(str(int(i)) for i in np.argwhere(mask)[0])
            warnings.warn(
                f"numerical_gradient: f {what} at {np.count_nonzero(mask)} of {mask.size} entries of x, "
                f"the first is x[{index}]: {then}",
                KinkWarning,
                stacklevel=3,
            )


def _sharpened(f: Vector, x: Array, dout: Array, values: Array, errors: Array) -> Array:
    """Return the derivatives by the complex step where these lie within the errors: they lose nothing to rounding."""
    if not x.size or not numeric.accepts_complex(f, x):
        return values
    found = values.copy()
    for entry in range(x.size):
        v = directions.only(np.ones(x.size), np.array([entry])).reshape(x.shape)
        sharp = numeric.complex_step(f, x, v, dout).value
        if abs(sharp - values.flat[entry]) <= errors.flat[entry]:
            found.flat[entry] = sharp
    return found
