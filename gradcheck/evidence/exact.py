"""Exact derivatives of functions that are exact on integers: no tolerance, a stated chance of a miss.

If J is the true derivative and K what backward claims, ``dout . (J - K) v`` is a nonzero polynomial of
degree one in `dout` and in `v` unless J = K. With both drawn evenly from sets of `s` integers it vanishes
with probability at most ``1/s + 1/s`` (Schwartz 1980, Zippel 1979; the idea is Freivalds' check of a
matrix product), and independent probes multiply.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from gradcheck.contract import Array, Colour

LIMB = 18
CHUNK = 2**15
"""So many products of limbs add up to less than 2**53; and so many numbers stay in the cache."""

EXACT = 2**53

Scalar = Callable[[Array], Array]


class Inexact(Exception):
    """A number that must be an integer is not one, or is not finite."""


def as_integers(values: Array, unit: int = 1) -> Array:
    """Return ``values * unit`` as float64.

    Raises
    ------
    Inexact
        If an entry is not finite, not an integer, or beyond 2**53.
    """
    scaled = np.asarray(values, dtype=np.float64) * unit
    if not (np.abs(scaled) <= EXACT).all():
        raise Inexact("an entry is not finite, or too large to be exact")
    if (np.trunc(scaled) != scaled).any():
        raise Inexact("an entry is not an integer")
    return scaled


def exact_dot(a: Array, b: Array, unit: int = 1) -> int:
    """Return ``<a, unit * b>``, exactly, as a Python integer.

    The operands are cut into limbs of 18 bits: products of limbs stay below 2**36, so sums of 2**15 of them are
    integers that float64 holds, in whatever order BLAS adds; they are put together in Python's integers of any size.

    Raises
    ------
    Inexact
        If an entry of `a` or of ``unit * b`` is not an integer up to 2**53.
    """
    a, b = np.ravel(a), np.ravel(b)
    return sum(
        _dot(as_integers(a[i : i + CHUNK]), as_integers(b[i : i + CHUNK], unit))
        for i in range(0, a.size, CHUNK)
    )


def _dot(a: Array, b: Array) -> int:
    right = _limbs(b)
    return sum(int(x @ y) << (LIMB * (i + j)) for i, x in enumerate(_limbs(a)) for j, y in enumerate(right))


def _limbs(values: Array) -> list[Array]:
    """Cut integers into limbs, lowest first; the highest keeps the sign."""
    limbs = []
    while np.abs(values).max(initial=0) >= 2**LIMB:
        higher = np.floor(values / 2**LIMB)
        limbs.append(values - higher * 2**LIMB)
        values = higher
    return [*limbs, values]


def probe(
    f: Scalar,
    gradient: Array,
    x: Array,
    v: Array,
    dout: Array,
    *,
    unit: int = 1,
    base: Array | None = None,
    central: bool = False,
) -> bool:
    """Return whether ``<dout, f(x + v) - f(x)> == <gradient, v>``, in integers: the theorem that every probe uses.

    For an `f` that is linear along `v` the left side is the derivative, whatever the size of `v`. For a quadratic,
    ``f(x + v) - f(x - v)`` is twice the derivative.

    Parameters
    ----------
    f : callable
        From an array like `x` to an output like `dout`; exact on integers.
    gradient : ndarray
        What is claimed to be the gradient of ``<dout, f(x)>``, of `x`'s shape.
    x, v, dout : ndarray
        Where, along which direction, and the upstream gradient: integers, as floats.
    unit : int
        What both sides are multiplied by to make them integers: what a mean divides by.
    base : ndarray, optional
        ``f(x)``, where it is known already.
    central : bool
        Take the central difference, for a quadratic.

    Raises
    ------
    Inexact
        If a value of `f` is not a multiple of ``1 / unit``: then `f` itself is not exact here.
    """
    try:
        claimed = exact_dot(v, gradient, unit)
    except Inexact:  # the true gradient is a multiple of 1 / unit, so this one is wrong
        return False
    if central:
        return 2 * claimed == exact_dot(dout, f(x + v) - f(x - v), unit)
    return claimed == exact_dot(dout, f(x + v) - (f(x) if base is None else base), unit)


def one_at_a_time(x: Array, out: Array) -> Iterator[Colour]:
    """Yield a colour for each single entry of `x`: right for every function, and the slowest."""
    for i in range(x.size):
        yield Colour(np.array([i]), np.full(out.shape, i))


def unit_step(x: Array, members: Array | int) -> Array:
    """Return zeros like `x` with ones at the flat indices `members`."""
    step = np.zeros(x.size)
    step[members] = 1.0
    return step.reshape(x.shape)


def change(after: Array, before: Array) -> Array:
    """Return the difference; 0 where both are the same infinity (the maximum of an empty window)."""
    with np.errstate(invalid="ignore"):
        return np.where(after == before, 0.0, after - before)


def whole_gradient(
    f: Scalar,
    x: Array,
    dout: Array,
    colours: Iterable[Colour] | None = None,
    *,
    central: bool = False,
    size: float = 1.0,
) -> Array:
    """Return the whole gradient of ``<dout, f(x)>``, by differences with whole steps, a forward a colour.

    Parameters
    ----------
    f : callable
        From an array like `x` to an output like `dout`; linear along each unit vector from `x`.
    x, dout : ndarray
        Where, and the upstream gradient.
    colours : iterable of Colour, optional
        Entries of `x` to perturb together. One at a time by default.
    central : bool
        Take central differences, which are exact for quadratics too.
    size : float
        Of the step: for a mean, a multiple of what it divides by.

    Notes
    -----
    Every output sees at most one member of a colour, so what changed in it is that member's doing
    (Curtis, Powell and Reid 1974, for sparse Jacobians).
    """
    gradient = np.zeros(x.size)
    base = None if central else f(x)
    for colour in one_at_a_time(x, dout) if colours is None else colours:
        step = size * unit_step(x, colour.members)
        moved = change(f(x + step), base) if base is not None else change(f(x + step), f(x - step)) / 2
        shares = (dout * moved).ravel() / size
        # An output that sees no member has the owner -1: its share, which is 0, comes first.
        gradient += np.bincount(colour.owner.ravel() + 1, shares, minlength=x.size + 1)[1:]
    return gradient.reshape(x.shape)
