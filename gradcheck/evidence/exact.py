"""Exact derivatives of functions that are exact on integers: no tolerance, and a known probability of a miss.

Let J be the true derivative and K the one that backward computes. Unless J = K, ``dout . (J - K) v`` is a nonzero
polynomial of degree one in `dout` and in `v`. With both drawn evenly from sets of `s` integers it vanishes with
probability at most ``1/s + 1/s`` (Schwartz 1980, Zippel 1979; the idea is Freivalds' check of a matrix product). The
probabilities of independent probes multiply.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from gradcheck.contract import Array, Colour

LIMB = 18
"""Bits of a limb: a product of two limbs is below 2**36."""

CHUNK = 2**13
"""Entries of one dot product: up to 2**15 products below 2**36 add up to less than 2**53.

So few fit the cache, and BLAS starts no threads for them, which take longer than the product itself.
"""

EXACT = 2**53
"""Float64 holds every integer up to this one."""

Scalar = Callable[[Array], Array]


class Inexact(Exception):
    """A number is not finite or not an integer where an integer is required."""


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
    """Return ``<a, unit * b>`` exactly, as a Python integer.

    The operands are split into limbs of 18 bits. Products of limbs are below 2**36, so float64 holds a sum of 2**15 of
    them exactly, in whichever order BLAS adds. Python's integers, which have no limit, combine these sums.

    Raises
    ------
    Inexact
        If an entry of `a` or of ``unit * b`` is not an integer up to 2**53.
    """
    a, b, total = np.ravel(a), np.ravel(b), 0
    for i in range(0, a.size, CHUNK):
        total += _dot(as_integers(a[i : i + CHUNK]), as_integers(b[i : i + CHUNK], unit))
    return total


def _dot(a: Array, b: Array) -> int:
    left, right, total = _limbs(a), _limbs(b), 0
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            total += int(x @ y) << (LIMB * (i + j))
    return total


def _limbs(values: Array) -> list[Array]:
    """Split integers into limbs, lowest first; the highest limb keeps the sign."""
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
    parts: int = 1,
) -> bool:
    """Return whether ``<dout, f(x + v) - f(x)> == <gradient, v>`` in integers: the identity that every probe tests.

    If `f` is linear along `v`, the left side is the derivative, however large `v` is. For a quadratic,
    ``f(x + v) - f(x - v)`` is twice the derivative.

    Parameters
    ----------
    f : callable
        From an array like `x` to an output like `dout`; exact on integers.
    gradient : ndarray
        The claimed gradient of ``<dout, f(x)>``, of `x`'s shape.
    x, v, dout : ndarray
        The point, the direction and the upstream gradient: integers, as floats.
    unit : int
        The factor that makes both sides integers: the number that a mean divides by.
    base : ndarray, optional
        ``f(x)``, if it is already known.
    central : bool
        Whether to take the central difference, for a quadratic.
    parts : int
        A power of two by which `v` is divided, for an `f` that is linear only near `x`; both sides are multiplied by
        it.

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
    before = f(x) if base is None else base
    moved = f(x + v) - before if parts == 1 else change(f(x + v / parts), before) * parts
    return claimed == exact_dot(dout, moved, unit)


def one_at_a_time(x: Array, out: Array) -> Iterator[Colour]:
    """Yield one colour for each entry of `x`: correct for every function, and the slowest choice."""
    for i in range(x.size):
        yield Colour(np.array([i]), np.full(out.shape, i))


def unit_step(x: Array, members: Array | int) -> Array:
    """Return an array of zeros like `x`, with ones at the flat indices `members`."""
    step = np.zeros(x.size)
    step[members] = 1.0
    return step.reshape(x.shape)


def change(after: Array, before: Array) -> Array:
    """Return the difference; 0 where both are the same infinity (the maximum of a window that is all padding)."""
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
    """Return the whole gradient of ``<dout, f(x)>`` by differences with integer steps, one forward for each colour.

    Parameters
    ----------
    f : callable
        From an array like `x` to an output like `dout`; linear along each unit vector from `x`.
    x, dout : ndarray
        The point, and the upstream gradient.
    colours : iterable of Colour, optional
        Entries of `x` to perturb together; one at a time by default.
    central : bool
        Whether to take central differences, which are exact for quadratics too.
    size : float
        The size of the step: for a mean, a multiple of the number that it divides by.

    Notes
    -----
    Every output depends on at most one member of a colour, so its change is due to that member alone (Curtis, Powell
    and Reid 1974, for sparse Jacobians).
    """
    gradient = np.zeros(x.size)
    base = None if central else f(x)
    for colour in one_at_a_time(x, dout) if colours is None else colours:
        step = size * unit_step(x, colour.members)
        moved = change(f(x + step), base) if base is not None else change(f(x + step), f(x - step)) / 2
        shares = (dout * moved).ravel() / size
        # An output without a member has the owner -1. Shifted by 1, its share (0) falls into bin 0, which is dropped.
        gradient += np.bincount(colour.owner.ravel() + 1, shares, minlength=x.size + 1)[1:]
    return gradient.reshape(x.shape)
