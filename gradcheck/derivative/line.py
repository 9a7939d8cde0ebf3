"""A function seen along a line: its outputs weighed by dout, at x + t v.

Every output entry keeps a value of its own, so that a kink or a large rounding error of one stays with it. Where there
are more than CELLS outputs, neighbours are summed: this bounds the memory, and a sum shows a kink of any of its terms.
"""

from collections.abc import Callable

import numpy as np

from gradcheck.contract import Array
from gradcheck.derivative.directions import LARGE

__tracebackhide__ = True

Vector = Callable[[Array], Array]
"""A function of one tensor in double precision, returning an array."""

CELLS = 2**14
"""Most values that are kept of one call: outputs, or sums of neighbouring outputs."""

EPS = float(np.finfo(np.float64).eps)


class Weighed:
    """``dout * f``, output by output or in sums of neighbours.

    Parameters
    ----------
    f : callable
        The function; it may change its argument.
    x : ndarray
        The point, in float64. Directions are flat: they have as many entries as it, along one axis.
    dout : ndarray
        The upstream gradient, of the output's shape.
    eps : float
        The spacing of 1.0 in the precision in which `f` computes.
    most : int
        More outputs than this are summed.

    Attributes
    ----------
    middle : ndarray
        The values at `x` itself, shape (cells,).
    lost : int
        Outputs that are not finite at `x`: they are left out.
    many : int
        How many neighbouring outputs are summed to one value.
    fits : bool
        Whether the output has as many entries as `dout`.
    dtype : dtype
        That of the output.
    """

    def __init__(self, f: Vector, x: Array, dout: Array, eps: float = EPS, most: int = CELLS) -> None:
        self.f, self.x, self.shape, self.eps = f, x.ravel(), x.shape, eps
        is_compact = dout.dtype == np.float32 and dout.size >= LARGE
        self.dout = np.asarray(dout, dtype=None if is_compact else np.float64).ravel()
        self._finite: Array | None = None
        self.many = max(1, -(-self.dout.size // most))
        with np.errstate(all="ignore"):
            out = np.asarray(f(x.copy()))
            finite = np.isfinite(out).ravel()
            self.lost = int(finite.size - np.count_nonzero(finite))
            if self.lost:
                self._finite = finite
            self.middle = np.zeros(0)
            self.middle = self._cells(out)
        self.fits = out.size == self.dout.size
        self.dtype = out.dtype

    def at(self, v: Array, t: float) -> Array:
        """Return the values at ``x + t v``; NaN where the function has none, or raises."""
        with np.errstate(all="ignore"):
            out = self._called(self._point(v, t))
            return np.full(self.middle.shape, np.nan) if out is None else self._cells(out)

    def _point(self, v: Array, t: float) -> Array:
        point = np.multiply(v, t, dtype=np.float64)
        point += self.x
        return point

    def independent(self, members: Array) -> Array:
        """Return a mask of the values that do not depend on some entries: NaN there does not reach them.

        A step that changes nothing proves less: the change may be below the last place of the value. A function that
        refuses NaN says nothing.
        """
        with np.errstate(all="ignore"):
            out = self._called(np.where(members, np.nan, self.x))
            return np.zeros(self.middle.shape, dtype=bool) if out is None else self._cells(out) == self.middle

    def _called(self, point: Array) -> Array | None:
        """Return the function's output; None where it raises: whatever that is, the point is outside its domain."""
        try:
            return np.asarray(self.f(point.reshape(self.shape)))
        except Exception:  # noqa: BLE001 - a function may refuse a point in any way
            return None

    def only(self, outputs: Array) -> "Weighed":
        """Return the function with some outputs only, given as flat indices, each with a value of its own."""
        f, x = self.f, self.x.reshape(self.shape)
        return Weighed(
            lambda x: np.asarray(f(x)).ravel()[outputs], x, self.dout[outputs], self.eps, max(1, outputs.size)
        )

    def _cells(self, out: Array) -> Array:
        if out.size != self.dout.size:
            return np.full(self.middle.shape, np.nan)
        values = out.ravel()
        if self._finite is not None:
            values = np.where(self._finite, values, 0.0)
        return values * self.dout if self.many == 1 else self._summed(values)

    def _summed(self, values: Array) -> Array:
        """Return sums of neighbours, the rest after the last full sum in one of its own."""
        whole = values.size // self.many * self.many
        shape = (-1, self.many)
        sums = np.einsum(
            "ij,ij->i", values[:whole].reshape(shape), self.dout[:whole].reshape(shape), dtype=np.float64
        )
        return np.append(sums, np.dot(values[whole:], self.dout[whole:]))
