"""Directions in which a gradient is tested: one for each group of entries of like weight.

All arrays have one axis: the tensor's entries in C order.
"""

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
"""Entries that are drawn at once: the random numbers of a direction never need its memory again."""


def steps(x: Array) -> Array:
    """Return the unit of each entry's step: a power of 2, so that ``x + t v`` is exact for most t.

    It is the largest one below ``|x|``: a step never crosses zero, where many functions have a kink or an edge, and
    entries of very different size need no common step. A zero takes the root mean square of the others.
    """
    size = np.abs(x)
    typical = float(np.sqrt(np.mean(np.square(size[size > 0])))) if size.any() else 1.0
    size[size == 0] = typical
    return np.asarray(np.ldexp(1.0, np.frexp(size)[1] - 1))


def grouped(claim: Array, unit: Array, eps: float) -> Array:
    """Return the number of each entry's group, as int8; the groups of claimed zeros have negative numbers."""
    with np.errstate(divide="ignore"):
        share = np.abs(claim)
        share *= unit
        weight = np.frexp(share)[1]
        is_zero = share == 0
        del share
        top = int(weight[~is_zero].max(initial=-(2**20)))
        group = np.minimum((top - weight) // (COARSE_BAND if eps > COARSE else BAND), GROUPS - 1).astype(
            np.int8
        )
        if is_zero.any():
            size = np.frexp(unit[is_zero])[1]
            group[is_zero] = -1 - np.minimum((int(size.max()) - size) // ZERO_BAND, 3).astype(np.int8)
    return np.asarray(group)


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
    """
    v = np.zeros(unit.size)
    for low in range(0, v.size, BLOCK):
        part = slice(low, low + BLOCK)
        drawn = rng.integers(1024, size=unit[part].size)  # the lowest bit is the sign, nine others the share
        share = (512 + (drawn >> 1)) / 1024
        sign = 1.0 - 2.0 * (drawn & 1)
        if signs is not None:
            given = np.sign(signs[part])
            sign = np.where(given == 0, sign, given)
        v[part] = np.where(members[part], unit[part] * share * sign, 0.0)
    return v


def only(v: Array, members: Array) -> Array:
    """Return a direction that moves only `members`, flat indices, as `v` does."""
    found = np.zeros(v.size)
    found[members] = v[members]
    return found
