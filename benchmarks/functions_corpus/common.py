"""The mistakes that any backward can have, whatever its function."""

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from functions_corpus.model import Array, Backward


def _changed(change: Callable[[Array], Array]) -> Callable[[Backward], Backward]:
    """Change the last gradient that has a number in it, after the right backward."""

    def mutated(backward: Backward) -> Backward:
        def wrong(dout: Array, *cache: Any) -> Any:
            found = backward(dout, *cache)
            if isinstance(found, tuple):
                return (*found[:-1], _kept(change(np.array(found[-1])), found[-1]))
            return _kept(change(np.array(found)), found)

        return wrong

    return mutated


def _kept(changed: Array, right: Array) -> Array:
    return np.asarray(changed).astype(np.asarray(right).dtype)


def _put(g: Array, place: int, change: Callable[[Any], Any]) -> Array:
    flat = g.reshape(-1)
    flat[place] = change(flat[place])
    return flat.reshape(g.shape)


def _entry(g: Array) -> Array:
    """Double the entry at two thirds."""
    return _put(g, 2 * g.size // 3, lambda value: 2 * value)


def _flipped_entry(g: Array) -> Array:
    """Turn the sign of the entry that is the median in size, of those near the start."""
    near = np.abs(g.reshape(-1)[:101])
    return _put(g, int(np.argsort(near, kind="stable")[near.size // 2]), lambda value: -value)


def _row(g: Array) -> Array:
    """Turn the sign of a row, or of a tenth of a vector."""
    if g.ndim < 2:
        start = g.size // 2
        g[start : start + max(1, g.size // 10)] *= -1
    else:
        g[g.shape[0] // 2] *= -1
    return g


def _last_block(g: Array) -> Array:
    """Lose what a loop over blocks of 64 leaves over, or else the last sixteenth."""
    flat = g.reshape(-1)
    rest = flat.size % 64 or max(1, flat.size // 16)
    flat[flat.size - rest :] = 0
    return flat.reshape(g.shape)


def _stray(g: Array) -> Array:
    """Put 1e-3 where a zero is right."""
    place = int(np.argmin(np.abs(g)))
    return _put(g, place, lambda value: value + 1e-3) if g.reshape(-1)[place] == 0 else g


def _first_column(g: Array) -> Array:
    if g.ndim:
        g[..., 0] = 0
    return g


def _without_dout(backward: Backward) -> Backward:
    return lambda dout, *cache: backward(np.ones_like(dout), *cache)


def _with_absolute_dout(backward: Backward) -> Backward:
    return lambda dout, *cache: backward(np.abs(dout), *cache)


def _with_mean_dout(backward: Backward) -> Backward:
    return lambda dout, *cache: backward(np.full_like(dout, dout.mean()), *cache)


COMMON: dict[str, Callable[[Backward], Backward]] = {
    "sign": _changed(lambda g: -g),
    "double": _changed(lambda g: 2 * g),
    "half": _changed(lambda g: g / 2),
    "percent": _changed(lambda g: 1.01 * g),
    "entry": _changed(_entry),
    "flipped entry": _changed(_flipped_entry),
    "row": _changed(_row),
    "last block": _changed(_last_block),
    "zero": _changed(np.zeros_like),
    "stray": _changed(_stray),
    "rolled": _changed(lambda g: np.roll(g, 1, axis=-1)),
    "reversed": _changed(lambda g: g.reshape(-1)[::-1].reshape(g.shape)),
    "clipped": _changed(lambda g: np.clip(g, -1, 1)),
    "absolute": _changed(np.abs),
    "first column": _changed(_first_column),
    "mean": _changed(lambda g: g - g.mean()),
    "no dout": _without_dout,
    "absolute dout": _with_absolute_dout,
    "mean dout": _with_mean_dout,
    "column": _changed(lambda g: g.reshape(-1, 1)),
}
"""By name. A mistake that changes nothing on a case is not counted there."""

CYCLE = (
    ("percent", "flipped entry", "zero", "absolute dout"),
    ("sign", "last block", "entry", "no dout"),
    ("double", "row", "rolled", "percent"),
    ("half", "reversed", "last block", "mean"),
    ("flipped entry", "clipped", "percent", "column"),
    ("first column", "zero", "entry", "mean dout"),
    ("absolute", "percent", "row", "sign"),
)


def chosen(name: str, own: int) -> tuple[str, ...]:
    """Return the common mistakes of a function, fewer the more of its own it has."""
    cycle = CYCLE[zlib.crc32(name.encode()) % len(CYCLE)]
    return cycle[: 4 if own < 2 else 3 if own < 3 else 2]
