"""Numerical derivatives of smooth functions, each with a bound of its error.

The complex step has no cancellation; it is used if the function accepts complex numbers. Otherwise central differences
at three steps are extrapolated (Richardson), and the bound is their rounding plus the change by the last extrapolation.
For functions that are not ours, the complex step is used only if it agrees with central differences.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.exceptions import ComplexWarning

from gradcheck.contract import Array
from gradcheck.evidence.exact import unit_step

__tracebackhide__ = True

Scalar = Callable[[Array], Array]

TINY_STEP = 1e-30
"""The complex step: nothing is subtracted, so that it may be as small as the truncation error requires."""

EPS = float(np.finfo(np.float64).eps)
STEPS = (2.0**-10, 2.0**-17, 2.0**-23)
"""Steps to try, largest first: a large step loses least to rounding, a small one does not reach a nearby kink."""

SHARP = 1e-8
"""If the bound is below this share of the derivative, no smaller step is tried."""

ROUNDING = 8.0
"""Roundings allowed per term, relative to its size: a function of several operations rounds more than once."""

MOST_ALONG = 256
"""Entries moved at once to compare the two methods: the more of them, the more likely one of them crosses a kink."""


@dataclass(frozen=True)
class Estimate:
    """A derivative, a bound of its error, and the gap between the one-sided slopes, which indicates a kink."""

    value: float
    bound: float
    kink: float = 0.0


Method = Callable[[Scalar, Array, Array, Array], Estimate]
"""Function, point, direction and upstream gradient -> the derivative."""


def accepts_complex(f: Scalar, x: Array) -> bool:
    """Return whether `f` accepts a complex `x` and keeps its imaginary part."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ComplexWarning)
            out = np.asarray(f(x + 0j))
    except Exception:  # noqa: BLE001 - any failure on complex numbers means that it does not accept them
        return False
    return bool(np.iscomplexobj(out))


def complex_step(f: Scalar, x: Array, v: Array, dout: Array) -> Estimate:
    """Return the derivative of ``<dout, f>`` at `x` along `v`: ``imag f(x + ihv) / h`` (Squire and Trapp 1998)."""
    return imaginary(f(x + (1j * TINY_STEP) * v), dout)


def imaginary(out: Array, dout: Array) -> Estimate:
    """Return the derivative of ``<dout, f>`` from the value of `f` after a complex step."""
    terms = dout * np.imag(out) / TINY_STEP
    return Estimate(float(np.sum(terms)), ROUNDING * EPS * float(np.sum(np.abs(terms))))


def central(f: Scalar, x: Array, v: Array, dout: Array) -> Estimate:
    """Return the derivative of ``<dout, f>`` at `x` along `v` by extrapolated central differences.

    Each entry of `v` must be zero or about 1/2 or larger: the change of `x` must outweigh the rounding of the sum.
    The result is that of the step with the smallest bound. If the one-sided slopes differ at every step, `kink` is the
    smallest gap.
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

    The bound adds two parts: the rounding of `f` (the weights 64/45, -20/45 and 1/45 magnify that of the smallest step
    by less than 2), and the change by the last extrapolation.
    """
    first, second, third = (_slopes(f, x, v, dout, step, middle) for step in (h, h / 2, h / 4))
    once = second.value + (second.value - first.value) / 3
    again = third.value + (third.value - second.value) / 3
    twice = again + (again - once) / 15
    # The gap of a smooth function halves with the step; that of a kink stays. Below its rounding it means nothing.
    shrinks = third.kink < 0.75 * second.kink or third.kink < 4 * third.bound
    return Estimate(twice, 2 * third.bound + abs(twice - again), 0.0 if shrinks else third.kink)


def _slopes(f: Scalar, x: Array, v: Array, dout: Array, h: float, middle: float) -> Estimate:
    """Return the central slope at step `h`, the bound of its rounding, and the gap between the one-sided slopes.

    The values of `f` are rounded, and so are its arguments; a steep `f` magnifies the latter.
    """
    after, before = dout * f(x + h * v), dout * f(x - h * v)
    size = float(np.sum(np.abs(after)) + np.sum(np.abs(before)))
    shaken = float(np.abs(x).max(initial=0.0)) * float(np.sum(np.abs(after - before))) / h
    up, down = float(np.sum(after)), float(np.sum(before))
    return Estimate(
        (up - down) / (2 * h), ROUNDING * EPS * (size + shaken) / h, abs(up - 2 * middle + down) / h
    )


def believed(f: Scalar, x: Array, dout: Array) -> Method:
    """Return the complex step if `f` accepts it and it agrees with central differences; otherwise the latter.

    A norm, ``np.abs`` or ``.real`` inside `f` silently loses a part of the complex derivative.
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
    """Return the slope ``<gradient, v>`` and a bound of its rounding error."""
    terms = np.asarray(gradient, dtype=np.float64) * v
    return float(np.sum(terms)), ROUNDING * EPS * float(np.sum(np.abs(terms)))


def sharpest(f: Scalar, x: Array) -> Method:
    """Return the complex step if `f` accepts it, otherwise central differences; only for functions of our own."""
    return complex_step if accepts_complex(f, x) else central


def whole(f: Scalar, x: Array, dout: Array, method: Method) -> Iterator[Estimate]:
    """Yield the derivative along each entry of `x`, in C order."""
    for i in range(x.size):
        yield method(f, x, unit_step(x, i), dout)


def smooth_gradient(f: Scalar, x: Array, dout: Array, method: Method | None = None) -> tuple[Array, Array]:
    """Return the whole gradient of ``<dout, f>`` at `x`, and a bound of each entry's error.

    By default the method is the sharpest one that `f` accepts.
    """
    estimates = list(whole(f, x, dout, method or sharpest(f, x)))
    values = np.array([estimate.value for estimate in estimates]).reshape(x.shape)
    bounds = np.array([estimate.bound for estimate in estimates]).reshape(x.shape)
    return values, bounds
