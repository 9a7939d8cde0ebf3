"""Inverted dropout."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, floating, ieee, number, upstream
from .engine.pieces import elementwise


class DropoutCache(NamedTuple):
    """The mask of kept entries and the probability to keep one; `mask` is None if nothing was dropped."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    mask: Array | None
    keep_prob: float


@ieee
def dropout_forward(
    x: Array,
    *,
    keep_prob: float = 0.5,
    mask: Array | None = None,
    rng: np.random.Generator | None = None,
    training: bool = True,
) -> tuple[Array, DropoutCache]:
    """Compute out = x * mask / keep_prob, whose expectation is x; when not training, out is a copy of x.

    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014), scaled
    at training time.

    Parameters
    ----------
    x : array, any shape
        Input.
    keep_prob : float
        Probability that a value is kept, in (0, 1].
    mask : boolean array of x's shape, optional
        True (or 1) where a value is kept.
    rng : numpy.random.Generator, optional
        Draws the mask as ``rng.random(x.shape) < keep_prob``; not used if a mask is given or when not training.
    training : bool
        Whether to drop anything at all.

    Returns
    -------
    out : array of x's shape
    cache : DropoutCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating, `keep_prob` is not a number or `rng` is not a generator.
    ValueError
        If `keep_prob` is out of range, the mask does not fit, or neither mask nor generator is given.
    """
    x = floating("dropout", "x", x)
    keep_prob = number("dropout", "keep_prob", keep_prob)
    if not 0 < keep_prob <= 1:
        raise ValueError(f"dropout: keep_prob must be in (0, 1], got {keep_prob}")
    if not training:
        return x.copy(), DropoutCache(x.shape, x.dtype, None, keep_prob)
    kept = _drawn(x.shape, keep_prob, rng) if mask is None else _checked_mask(mask, x.shape)
    return _dropped(x, kept, keep_prob), DropoutCache(x.shape, x.dtype, kept, keep_prob)


@ieee
def dropout_backward(dout: Array, cache: DropoutCache) -> Array:
    """Compute dx = dout * mask / keep_prob, with the forward's mask.

    Parameters
    ----------
    dout : array of x's shape
        Gradient of the output.
    cache : DropoutCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    shape, dtype, mask, keep_prob = cache
    dout = upstream("dropout", dout, shape, dtype)
    return dout.copy() if mask is None else _dropped(dout, mask, keep_prob)


def _dropped(values: Array, kept: Array, keep_prob: float) -> Array:
    return elementwise(
        lambda values, kept, out: np.divide(np.multiply(values, kept, out), keep_prob, out), values, kept
    )


def _drawn(shape: tuple[int, ...], keep_prob: float, rng: np.random.Generator | None) -> Array:
    if rng is None:
        raise ValueError("dropout: training needs a mask or an rng (a numpy.random.Generator), got neither")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"dropout: rng must be a numpy.random.Generator, got {type(rng).__name__}")
    return rng.random(shape) < keep_prob


def _checked_mask(mask: Array, shape: tuple[int, ...]) -> Array:
    mask = np.asarray(mask, order="C")
    if mask.shape != shape:
        raise ValueError(f"dropout: mask has shape {mask.shape}; expected {shape}")
    kept = mask.astype(bool)
    if mask.dtype != kept.dtype and not np.array_equal(mask, kept):
        raise ValueError(f"dropout: mask has dtype {mask.dtype} and values other than 0 and 1")
    return kept
