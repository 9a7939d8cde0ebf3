"""The same numbers, lying in memory in other ways. What lies beside them is poison: NaN, or the largest integer."""

from collections.abc import Callable, Sequence

import numpy as np

from gradcheck.contract import Array

LINE = 64
"""Memory that begins at a multiple of so many bytes suits every vector instruction."""

POISON = {"f": np.nan, "i": 127, "u": 0x7FC0}
"""By the sort of the stored numbers; unsigned ones are the bits of a bfloat16, and these are its NaN."""


def plain(values: Array) -> Array:
    """Return the numbers in C order, aligned."""
    return _at(values, 0)


def channels_last(values: Array) -> Array:
    """Return the numbers with the second axis the innermost, as image libraries keep them."""
    if values.ndim < 3:
        return np.asfortranarray(values)
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 1, -1)), -1, 1)


def reversed_axes(values: Array) -> Array:
    """Return the numbers in Fortran's order."""
    return np.asfortranarray(values)


def spread(values: Array) -> Array:
    """Return the numbers as every other one along the last axis."""
    base = _poisoned((*values.shape[:-1], 2 * values.shape[-1]), values)
    base[..., ::2] = values
    return base[..., ::2]


def inside(values: Array) -> Array:
    """Return the numbers as a part of a larger array, with something before and behind them along every axis."""
    base = _poisoned(tuple(extent + 3 for extent in values.shape), values)
    part = tuple(slice(1, extent + 1) for extent in values.shape)
    base[part] = values
    return base[part]


def unaligned(values: Array) -> Array:
    """Return the numbers in C order, one number behind an aligned place."""
    return _at(values, values.itemsize)


Layout = Callable[[Array], Array]

LAYOUTS: dict[str, Layout] = {
    "channels-last": channels_last,
    "reversed-axes": reversed_axes,
    "every-other": spread,
    "inside-a-larger": inside,
}


def combinations(names: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what to try: a title, a layout, and the tensors that have it. Some kernels mind only one of them."""
    each = [(f"{name} channels-last", "channels-last", (name,)) for name in names]
    together = [(f"all {layout}", layout, tuple(names)) for layout in LAYOUTS]
    return each + together


def _at(values: Array, offset: int) -> Array:
    """Return the numbers in C order, so many bytes behind an aligned place."""
    memory = np.empty(values.nbytes + 2 * LINE, dtype=np.uint8)
    start = -memory.ctypes.data % LINE + offset
    made = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    made[...] = values
    return made


def _poisoned(shape: tuple[int, ...], like: Array) -> Array:
    return np.full(shape, POISON[like.dtype.kind], dtype=like.dtype)
