"""Derivatives of smooth functions, each with a bound of its own error.

The complex step has no cancellation and is taken where the function accepts complex numbers; otherwise
central differences at three steps are extrapolated (Richardson), and the bound is what rounding can have
done plus what the last extrapolation still changed. Of a function that nobody vouches for, the complex step
is believed where it agrees with them.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.exceptions import ComplexWarning

from gradcheck.contract import Array
from gradcheck.evidence.exact import unit_step

Scalar = Callable[[Array], Array]

TINY_STEP = 1e-30
EPS = float(np.finfo(np.float64).eps)
STEPS = (2.0**-10, 2.0**-17, 2.0**-23)
"""Steps to try, largest first: large ones lose least to rounding, small ones pass a kink by."""

SHARP = 1e-8
"""A bound below this share of the derivative is sharp enough; no smaller step is tried."""

ROUNDING = 8.0

MOST_ALONG = 256
"""How many entries are moved at once to compare the two methods: the more, the more likely one passes a kink."""


@dataclass(frozen=True)
class Estimate:
    """A derivative, a bound of its error, and the gap between the one-sided slopes (a sign of a kink)."""

    value: float
    bound: float
    kink: float = 0.0


Method = Callable[[Scalar, Array, Array, Array], Estimate]
"""Function, place, direction and upstream gradient -> the derivative."""


def accepts_complex(f: Scalar, x: Array) -> bool:
    """Tell whether `f` takes a complex `x` and keeps its imaginary part."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ComplexWarning)
            out = np.asarray(f(x + 0j))
    except Exception:  # noqa: BLE001 - whatever a function does with complex numbers, the answer is no
        return False
    return bool(np.iscomplexobj(out))


def complex_step(f: Scalar, x: Array, v: Array, dout: Array) -> Estimate:
    """Return the derivative of ``<dout, f>`` at `x` along `v`: ``imag f(x + ihv) / h`` (Squire and Trapp 1998)."""
    terms = dout * np.imag(f(x + (1j * TINY_STEP) * v)) / TINY_STEP
    return Estimate(float(np.sum(terms)), ROUNDING * EPS * float(np.sum(np.abs(terms))))


def central(f: Scalar, x: Array, v: Array, dout: Array) -> Estimate:
    """Return the derivative of ``<dout, f>`` at `x` along `v` by extrapolated central differences.

    The entries of `v` are zero or at least about as large as 1/2: what is added to `x` must outweigh the
    rounding of the sum. Of several steps the one with the smallest bound is taken. Where the one-sided
    slopes differ at every step, `kink` is by how much.
    """
    size = max(1.0, float(np.abs(x).max(initial=0.0)))
    middle = float(np.sum(dout * f(x)))
    best: Estimate | None = None
    for step in STEPS:
        found = _extrapolated(f, x, v, dout, step * size, middle)
        kink = found.kink if best is None else min(found.kink, best.kink)
        best = found if best is None or found.bound < best.bound else best
        best = replace(best, kink=kink)
        if best.bound <= SHARP * abs(best.value):
            break
    assert best is not None
    return best


def _extrapolated(f: Scalar, x: Array, v: Array, dout: Array, h: float, middle: float) -> Estimate:
    """Extrapolate the central differences at h, h/2 and h/4 twice, which leaves an error of order h**6.

    The bound adds up what rounding of `f` can do (the weights 64, -20 and 1 of 45 magnify that of the smallest
    step by less than 2) and how much the last extrapolation changed.
    """
    first, second, third = (_slopes(f, x, v, dout, step, middle) for step in (h, h / 2, h / 4))
    once = second.value + (second.value - first.value) / 3
    again = third.value + (third.value - second.value) / 3
    twice = again + (again - once) / 15
    shrinks = third.kink < 0.75 * second.kink or third.kink < 4 * third.bound
    return Estimate(twice, 2 * third.bound + abs(twice - again), 0.0 if shrinks else third.kink)


def _slopes(f: Scalar, x: Array, v: Array, dout: Array, h: float, middle: float) -> Estimate:
    """Return the central slope at step `h`, the bound of its rounding, and the gap of the one-sided slopes.

    Both `f` and the place where it is taken are rounded; a steep `f` magnifies the latter.
    """
    after, before = dout * f(x + h * v), dout * f(x - h * v)
    size = float(np.sum(np.abs(after)) + np.sum(np.abs(before)))
    shaken = float(np.abs(x).max(initial=0.0)) * float(np.sum(np.abs(after - before))) / h
    up, down = float(np.sum(after)), float(np.sum(before))
    return Estimate(
        (up - down) / (2 * h), ROUNDING * EPS * (size + shaken) / h, abs(up - 2 * middle + down) / h
    )


def believed(f: Scalar, x: Array, dout: Array) -> Method:
    """Return the complex step where `f` allows it and it agrees with central differences, else those.

    A norm, ``np.abs`` or ``.real`` inside of `f` loses a part of the derivative without a word.
    """
    if not accepts_complex(f, x):
        return central
    rng = np.random.default_rng(0)
    v = np.zeros(x.size)
    moved = rng.permutation(x.size)[:MOST_ALONG]
    v[moved] = rng.uniform(0.5, 1.0, size=moved.size) * rng.choice((-1.0, 1.0), size=moved.size)
    one, other = (method(f, x, v.reshape(x.shape), dout) for method in (complex_step, central))
    return complex_step if abs(one.value - other.value) <= one.bound + other.bound else central


def dot(gradient: Array, v: Array) -> tuple[float, float]:
    """Return the slope ``<gradient, v>`` and how far rounding may have moved it."""
    terms = np.asarray(gradient, dtype=np.float64) * v
    return float(np.sum(terms)), ROUNDING * EPS * float(np.sum(np.abs(terms)))


def sharpest(f: Scalar, x: Array) -> Method:
    """Return the complex step where `f` allows it, else central differences: for an `f` of our own."""
    return complex_step if accepts_complex(f, x) else central


def whole(f: Scalar, x: Array, dout: Array, method: Method) -> Iterator[Estimate]:
    """Yield the derivative along each entry of `x`, in C order."""
    for i in range(x.size):
        yield method(f, x, unit_step(x, i), dout)


def smooth_gradient(f: Scalar, x: Array, dout: Array, method: Method | None = None) -> tuple[Array, Array]:
    """Return the whole gradient of ``<dout, f>`` at `x` and the bound of each entry's error.

    The method is the best that `f` allows, if none is given.
    """
    estimates = list(whole(f, x, dout, method or sharpest(f, x)))
    values = np.array([estimate.value for estimate in estimates]).reshape(x.shape)
    bounds = np.array([estimate.bound for estimate in estimates]).reshape(x.shape)
    return values, bounds


def numerical_gradient(f: Callable[[Array], object], x: Array, dout: Array | float | None = None) -> Array:
    """Return the gradient of ``f`` at `x`, by complex step or extrapolated central differences.

    Parameters
    ----------
    f : callable
        Takes an array of `x`'s shape; returns a number, or an array that `dout` then weighs.
    x : ndarray
        Where, of a floating dtype; it is not changed.
    dout : ndarray or float, optional
        Upstream gradient of `f`'s output, of its shape or one number for all of it; ones by default, so that a scalar
        `f` gives its gradient.

    Returns
    -------
    ndarray
        Of `x`'s shape, float64.

    Raises
    ------
    TypeError
        If `x` is not of a floating dtype: differences of integers would be truncated.
    ValueError
        If `dout` has neither the shape of `f`'s output nor none.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**3).sum(), np.array([1.0, 2.0])).round(9)
    array([ 3., 12.])
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
    weights = np.ones_like(out) if dout is None else np.asarray(dout, dtype=np.float64)
    if weights.shape not in ((), out.shape):
        raise ValueError(
            f"numerical_gradient: dout has shape {weights.shape}; expected {out.shape}, the shape of f(x): "
            "give one number for each entry"
        )
    return smooth_gradient(g, point, weights, believed(g, point, weights))[0]
