"""Directions in which a gradient is tested: one for each group of entries of like weight.

All arrays have one axis: the tensor's entries in C order.
"""

from collections.abc import Iterator

import numpy as np

from gradcheck.contract import Array

__tracebackhide__ = True

BAND, COARSE_BAND = 8, 2
"""Entries whose share in a slope differs by less than 2**8 make a group: its smallest entry is 0.4 % of its largest.

A precision of three digits would lose such an entry in the rounding of the others: there a group spans 2**2.
"""

COARSE = 2.0**-12
"""The spacing of 1.0 in a precision for which groups are narrow."""

GROUPS = 12
"""Most groups of entries that the claim says are not zero; the last one takes all smaller entries."""

ZERO_BAND = 24
"""Entries that the claim says are zero are grouped by the size of their steps, more coarsely."""

BLOCK = 2**18
"""Entries that are worked on at once: a large array never needs its memory again for what is computed from it."""

LARGE = 2**20
"""Entries from which what can be kept in single precision is, to save memory."""


def random_signs(size: int, rng: np.random.Generator) -> Array:
    """Return random signs, as int8: from raw bytes, which takes a third of the time of `integers`."""
    bits = np.frombuffer(rng.bytes(size), dtype=np.int8) & 1
    return np.asarray(1 - 2 * bits)


def blocks(size: int) -> Iterator[slice]:
    """Yield slices of BLOCK entries that cover `size` entries."""
    return (slice(low, low + BLOCK) for low in range(0, size, BLOCK))


def steps(x: Array) -> Array:
    """Return the unit of each entry's step: a power of 2, so that ``x + t v`` is exact for most t.

    It is the largest one below ``|x|``: a step never crosses zero, where many functions have a kink or an edge, and
    entries of very different size need no common step. A zero takes the root mean square of the others.
    """
    total, count, lowest, highest = 0.0, 0, np.inf, 0.0
    for part in blocks(x.size):
        size = np.abs(x[part], dtype=np.float64)
        size = size[size > 0]
        total, count = total + float(np.sum(np.square(size))), count + size.size
        lowest, highest = min(lowest, size.min(initial=np.inf)), max(highest, size.max(initial=0.0))
    typical = np.sqrt(total / count) if count else 1.0
    is_compact = x.size >= LARGE and lowest > 2.0**-100 and highest < 2.0**100
    unit = np.empty(x.size, dtype=np.float32 if is_compact else np.float64)
    for part in blocks(x.size):
        size = np.abs(x[part], dtype=np.float64)
        size[size == 0] = typical
        unit[part] = np.ldexp(1.0, np.frexp(size)[1] - 1)
    return unit


def grouped(claim: Array, active: Array, unit: Array, eps: float) -> Array:
    """Return the number of each entry's group, as int8; negative for claimed zeros and for what is not active."""
    top, widest = -(2**20), -(2**20)
    for part in blocks(claim.size):
        weight, size, is_zero = _weights(claim[part], active[part], unit[part])
        top = max(top, int(weight[~is_zero].max(initial=top)))
        widest = max(widest, int(size[is_zero].max(initial=widest)))
    group = np.empty(claim.size, dtype=np.int8)
    band = COARSE_BAND if eps > COARSE else BAND
    for part in blocks(claim.size):
        weight, size, is_zero = _weights(claim[part], active[part], unit[part])
        group[part] = np.where(
            is_zero,
            -1 - np.minimum((widest - size) // ZERO_BAND, 3),
            np.minimum((top - weight) // band, GROUPS - 1),
        )
    return group


def _weights(claim: Array, active: Array, unit: Array) -> tuple[Array, Array, Array]:
    """Return the exponents of the entries' shares in a slope and of their units, and a mask of the claimed zeros."""
    share = np.where(active, np.abs(claim), 0.0) * unit
    return np.frexp(share)[1], np.frexp(unit)[1], share == 0


def along(unit: Array, members: Array, signs: Array | None, rng: np.random.Generator) -> Array:
    """Return a direction that moves `members`: each by half a unit to one unit, by a random share of ten bits.

    Parameters
    ----------
    unit : ndarray
        The unit of each entry's step.
    members : ndarray
        Mask of the entries that move.
    signs : ndarray or None
        The direction takes the signs of these numbers, so that a right slope is a sum without cancellation; a random
        sign where they are zero, or everywhere if there are none.
    rng : numpy.random.Generator
        Draws the shares.

    Returns
    -------
    ndarray
        Of the dtype of `unit`, in which it is exact.
    """
    v = np.empty(unit.size, dtype=unit.dtype)
    for part in blocks(v.size):
        drawn = np.frombuffer(rng.bytes(2 * unit[part].size), dtype=np.uint16)
        share = (512 + (drawn >> 7)) / 1024  # nine bits, and the lowest one is the sign
        sign = 1.0 - 2.0 * (drawn & 1)
        if signs is not None:
            given = np.sign(signs[part])
            sign = np.where(given == 0, sign, given)
        v[part] = np.where(members[part], unit[part] * share * sign, 0.0)
    return v


def only(v: Array, members: Array) -> Array:
    """Return a direction that moves only `members`, flat indices, as `v` does."""
    found = np.zeros(v.size, dtype=v.dtype)
    found[members] = v[members]
    return found
