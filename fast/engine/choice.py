"""A choice between two arrays without a branch, because the processor mispredicts half of all random signs."""

import numpy as np

from ..arguments import Array

BITS = {"e": np.int16, "f": np.int32, "d": np.int64}
"""For each dtype an integer of its size. There is none for extended precision and complex numbers."""
FEW = 4096
"""Entries up to which the additional calls of NumPy cost more than the mispredicted branches."""


def choose(mask: Array, values: Array | float, others: Array | float, out: Array) -> Array:
    """Write ``np.where(mask, values, others)`` into `out`, in a third of the time, and return it.

    Parameters
    ----------
    mask : array of bool
        Where to take `values`.
    values, others : array or number
        Arrays of the dtype of `out`, and perhaps `out` itself, or numbers.
    out : array
        C-contiguous.
    """
    if out.size <= FEW or out.dtype.char not in BITS:
        out[...] = np.where(mask, values, others)
        return out
    integer = BITS[out.dtype.char]
    one, other = (np.asarray(each, out.dtype).view(integer) for each in (values, others))
    # True is 1, and -1 has all bits set: a mask for `&`. Where it is set, other ^ (one ^ other) is one.
    result = (-mask.view(np.int8)).astype(integer)
    result &= one ^ other
    np.bitwise_xor(result, other, out=out.view(integer))
    return out


def blank(mask: Array, values: Array, out: Array) -> None:
    """Write ``np.where(mask, 0, values)`` into `out`: as `choose`, in two thirds of its time."""
    if out.size <= FEW or out.dtype.char not in BITS:
        out[...] = np.where(mask, 0, values)
        return
    integer = BITS[out.dtype.char]
    # False - 1 has all bits set, and True - 1 none.
    kept = mask.view(np.int8) - 1
    np.bitwise_and(values.view(integer), kept, out=out.view(integer))
