"""The function that a gradient belongs to: in double precision, unless it refuses that or is another function there."""

from dataclasses import dataclass

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.line import EPS, Vector, Weighed
from gradcheck.derivative.noise import noise
from gradcheck.derivative.precision import HasCall
from gradcheck.derivative.slope import HEAD, Slopes, estimate

__tracebackhide__ = True

ANOTHER = 0.05
"""The share by which slopes have to differ for a function to be called another one in another precision."""

KNOWN = 0.005
"""How well the slope in the coarse precision has to be known for that."""


@dataclass(frozen=True)
class Widened:
    """A function's first slopes and its noise, with a note on it; or no function, with the reason."""

    slopes: Slopes | None
    sigma: Array
    why: str = ""
    is_double: bool = False
    """Whether it is the function in double precision that is asked about."""


def function_of(functions: HasCall, name: str, dout: Array, v: Array) -> Widened:
    """Return the function whose derivative is asked for, as a function of one tensor.

    Parameters
    ----------
    functions : HasCall
        Forward and backward.
    name : str
        The tensor.
    dout : ndarray
        The upstream gradient.
    v : ndarray
        A direction that moves every entry of the tensor, along one axis.
    """
    x = functions.tensors[name].astype(np.float64, copy=False)
    coarse = max(functions.eps.values())
    wide = _weighed(functions.double(name), x, dout, EPS)
    if wide is not None and coarse <= EPS:
        return _repeatable(wide, v)
    own = _weighed(functions.own(name), x, dout, coarse)
    if own is None:
        return Widened(None, np.zeros(0), "forward cannot be called again as a function of this tensor alone")
    if wide is None:
        return _repeatable(
            own, v, "forward refuses float64: judged in its own precision, as far as its rounding allows"
        )
    if own.lost > wide.lost:
        return Widened(
            None, np.zeros(0), f"{own.lost} outputs of forward are not finite in its own precision"
        )
    # A second direction, with other signs: a function on a coarse grid may look like another one along one of them.
    if all(_is_another(own, wide, each) for each in (v, np.abs(v))):
        return _repeatable(own, v, "forward is another function in float64: judged in its own precision")
    return _repeatable(wide, v)


def _weighed(f: Vector, x: Array, dout: Array, eps: float) -> Weighed | None:
    try:
        line = Weighed(f, x, dout, eps)
    except Exception:  # noqa: BLE001 - a function that refuses a precision may say so in any way
        return None
    if line.dtype.kind == "f":
        line.eps = max(eps, float(np.finfo(line.dtype).eps))
    return line if line.fits else None


def _repeatable(line: Weighed, v: Array, why: str = "") -> Widened:
    if (line.at(v, 0.0) != line.middle).any():
        return Widened(
            None, np.zeros(0), "two calls of forward at the same place differ: give it a fixed seed"
        )
    slopes, sigma = _noise(line, v)
    return Widened(slopes, sigma, why, is_double=not why)


def _noise(line: Weighed, v: Array) -> tuple[Slopes, Array]:
    slopes = Slopes(line, v)
    slopes.ask(*HEAD)
    return slopes, noise(line, v, slopes.moves(), slopes.grid())


def _is_another(own: Weighed, wide: Weighed, v: Array) -> bool:
    """Return whether the slopes in both precisions differ by more than rounding, and by a share that matters."""
    one, other = (estimate(*_noise(line, v)) for line in (own, wide))
    size = float(np.sum(np.abs(one.values)) + np.sum(np.abs(other.values)))
    distance = np.abs(one.values - other.values) - one.bounds - other.bounds
    return one.bound <= KNOWN * size and float(np.sum(np.fmax(distance, 0.0))) > ANOTHER * size
