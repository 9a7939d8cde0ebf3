"""Batch normalisation over every axis but the channels', for any number of axes."""

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import numpy as np

from fast.arguments import Array, as_result, number, shaped, upstream, widen
from fast.pieces import in_pieces
from fast.standardise import Axes, Moments, centred, centred_gradient, count, summed


class BatchNormCache(NamedTuple):
    """What the backward pass needs, and the new running statistics, None where none were given.

    Values are centred again there, with `mean` if it is not their own: to keep them takes longer than that.
    """

    x: Array
    mean: Array | None
    deviation: Array
    gamma: Array
    running_mean: Array | None
    running_var: Array | None


def normalise(
    layer: str,
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    eps: float,
    momentum: float,
    unbiased: bool,
) -> tuple[Array, BatchNormCache]:
    """Return out and cache of `batch_norm_forward`, for x (N, C) or (N, C, ...)."""
    eps, momentum = number(layer, "eps", eps, 0), number(layer, "momentum", momentum)
    channels = x.shape[1:2]
    gamma = shaped(layer, "gamma", gamma, x, channels)
    beta = shaped(layer, "beta", beta, x, channels)
    old_mean = _running(layer, "running_mean", running_mean, x)
    old_var = _running(layer, "running_var", running_var, x)
    known = None if training else _given(layer, old_mean, old_var, x)
    n = _enough_values(layer, x, unbiased) if training else 0
    out, moments, deviation = _standardised(x, gamma, beta, eps, known)
    if known:
        return out, BatchNormCache(x, known.mean, deviation, gamma, old_mean, old_var)
    batch_var = moments.variance * n / (n - 1) if unbiased else moments.variance
    new_mean, new_var = _moved(old_mean, moments.mean, momentum), _moved(old_var, batch_var, momentum)
    return out, BatchNormCache(x, None, deviation, gamma, new_mean, new_var)


def _standardised(
    x: Array, gamma: Array, beta: Array, eps: float, known: Moments | None
) -> tuple[Array, Moments, Array]:
    """Return the output, the moments (C,), those that are known or those of x, and the deviation."""
    out = np.empty_like(x)
    rows, target = _as_rows(x), _as_rows(out)
    axes = _all_but_channels(rows)
    found = known or Moments(*(np.empty(gamma.shape, widen(gamma).dtype) for _ in Moments._fields))
    deviation = np.empty_like(found.variance)

    def work(some: slice) -> None:
        values = widen(rows[:, some])
        if known:
            values = values - _across(known.mean[some], rows)
        else:
            values, moments = centred(values, axes)
            found.mean[some], found.variance[some] = (each.reshape(-1) for each in moments)
        np.sqrt(found.variance[some] + eps, out=deviation[some])
        values *= _across(gamma[some] / deviation[some], rows)
        np.add(values, _across(beta[some], rows), out=target[:, some], casting="same_kind")

    _by_channels(work, rows)
    return out, found, deviation


def normalise_gradients(layer: str, dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta of `batch_norm_backward`."""
    x, mean, deviation, gamma, _, _ = cache
    dout = upstream(layer, dout, x.shape, x.dtype)
    dx, dgamma, dbeta = np.empty_like(x), np.empty_like(gamma), np.empty_like(gamma)
    rows, above, target = _as_rows(x), _as_rows(dout), _as_rows(dx)
    axes = _all_but_channels(rows)
    n = count(rows, axes)

    def work(some: slice) -> None:
        gradient, values = widen(above[:, some]), widen(rows[:, some])
        root = _across(deviation[some], rows)
        values = centred(values, axes)[0] if mean is None else values - _across(mean[some], rows)
        total, dot = summed(gradient, axes), summed(gradient, axes, values) / root
        dgamma[some], dbeta[some] = dot.reshape(-1), total.reshape(-1)
        # Running statistics do not depend on x.
        if mean is None:
            gradient = centred_gradient(gradient, values, dot / (n * root), total / n)
        # gamma is the same wherever the sums are taken, and may be multiplied with last.
        scale = _across(gamma[some], rows) / root
        np.multiply(gradient, scale, out=target[:, some], casting="same_kind")

    _by_channels(work, rows)
    return dx, dgamma, dbeta


def _by_channels(work: Callable[[slice], None], rows: Array) -> None:
    """Do the work for some channels at a time; for all where they lie side by side, and no row is worth it."""
    if rows.ndim == 2:
        return work(slice(None))
    in_pieces(work, rows.shape[1], rows.nbytes, blas=True)
    return None


def _as_rows(x: Array) -> Array:
    """Return x (N, C, ...) with each channel's values of a sample in a row, (N, C, D); (N, C) as it is."""
    return x if x.ndim == 2 else x.reshape(*x.shape[:2], prod(x.shape[2:]))


def _running(layer: str, name: str, value: Array | None, x: Array) -> Array | None:
    """Return a copy of a running statistic."""
    return None if value is None else shaped(layer, name, value, x, x.shape[1:2]).copy()


def _enough_values(layer: str, x: Array, unbiased: bool) -> int:
    n = count(x, _all_but_channels(x))
    least = 2 if unbiased else 1
    if n < least:
        raise ValueError(
            f"{layer}: x has shape {x.shape}; training needs {least} or more values per channel, got {n}"
        )
    return n


def _moved(old: Array | None, batch: Array, momentum: float) -> Array | None:
    """Return (1 - momentum) * old + momentum * batch."""
    if old is None:
        return None
    return as_result((1 - momentum) * widen(old) + momentum * batch.reshape(old.shape), old.dtype)


def _given(layer: str, mean: Array | None, variance: Array | None, x: Array) -> Moments:
    """Return the running statistics to go with x, refusing missing ones."""
    for name, statistic in (("running_mean", mean), ("running_var", variance)):
        if statistic is None:
            raise ValueError(f"{layer}: {name} is None; expected shape {x.shape[1:2]}, as training is False")
    assert mean is not None
    assert variance is not None
    return Moments(widen(mean), widen(variance))


def _across(values: Array, rows: Array) -> Array:
    """Return values (C,) as (C,) or (C, 1), to go with rows of as many axes."""
    return values if rows.ndim == 2 else values[:, None]


def _all_but_channels(x: Array) -> Axes:
    return 0, *range(2, x.ndim)
