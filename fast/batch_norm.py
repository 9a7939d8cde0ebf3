"""Batch normalisation over all axes but that of the channels, for any number of axes."""

from math import prod
from typing import NamedTuple

import numpy as np

from .arguments import Array, as_result, number, shaped, upstream, wide, widen
from .engine.pieces import in_pieces
from .engine.standardise import (
    Axes,
    Moments,
    centred,
    count,
    deviations,
    first_sums,
    values_gradient,
    workspace,
)


class BatchNormCache(NamedTuple):
    """What the backward pass needs, and the new running statistics, which are None if none were given.

    The centred values are not kept: to write them to memory takes longer than to compute them again in backward.
    """

    x: Array
    training: bool
    moments: Moments
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
    n = count(x, _all_but_channels(x))
    if training:
        _refuse_few(layer, x, n, least=2 if unbiased else 1)
    out, moments, deviation = _standardised(x, gamma, beta, eps, known)
    if known:
        return out, BatchNormCache(x, training, moments, deviation, gamma, old_mean, old_var)
    batch_var = moments.variance * n / (n - 1) if unbiased else moments.variance
    new_mean = _moved(old_mean, moments.mean + moments.rest, momentum)
    new_var = _moved(old_var, batch_var, momentum)
    return out, BatchNormCache(x, training, moments, deviation, gamma, new_mean, new_var)


def _standardised(
    x: Array, gamma: Array, beta: Array, eps: float, known: Moments | None
) -> tuple[Array, Moments, Array]:
    """Return the output, the moments (C,), which are `known` or else those of x, and the deviation."""
    out = np.empty_like(x)
    rows, target = _as_rows(x), _as_rows(out)
    axes = _all_but_channels(rows)
    found = known or Moments(*np.empty((3, *gamma.shape), wide(gamma.dtype)))
    deviation = np.empty_like(found.variance)

    def work(some: slice) -> None:
        values = workspace(target[:, some], deviation.dtype)
        if known:
            deviations(rows[:, some], *_centre(known, some, rows), values)
        else:
            moments = centred(widen(rows[:, some]), axes, values)
            for whole, part in zip(found, moments, strict=True):
                whole[some] = part.ravel()
        np.sqrt(found.variance[some] + eps, out=deviation[some])
        # gamma and deviation are one number a channel: divided first, they cost one pass over the values.
        values *= _across(gamma[some] / deviation[some], rows)
        np.add(values, _across(beta[some], rows), out=target[:, some], casting="same_kind")

    in_pieces(work, rows.shape[1], rows.nbytes, blas=True)
    return out, found, deviation


def normalise_gradients(layer: str, dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta of `batch_norm_backward`."""
    x, training, moments, deviation, gamma, _, _ = cache
    dout = upstream(layer, dout, x.shape, x.dtype)
    dx, dgamma, dbeta = np.empty_like(x), np.empty_like(gamma), np.empty_like(gamma)
    rows, above, target = _as_rows(x), _as_rows(dout), _as_rows(dx)
    axes = _all_but_channels(rows)

    def work(some: slice) -> None:
        gradient, values = widen(above[:, some]), workspace(target[:, some], deviation.dtype)
        deviations(rows[:, some], *_centre(moments, some, rows), values)
        scale, root = _across(gamma[some], rows), _across(deviation[some], rows)
        if training:
            parts = values_gradient(gradient, values, scale, root, axes, target[:, some])
        else:
            # Running statistics do not depend on x.
            parts = first_sums(gradient, axes, values) / root, first_sums(gradient, axes)
            np.multiply(gradient, scale / root, out=target[:, some], casting="same_kind")
        dgamma[some], dbeta[some] = (part.sum(axis=0).ravel() for part in parts)

    in_pieces(work, rows.shape[1], rows.nbytes, blas=True)
    return dx, dgamma, dbeta


def _as_rows(x: Array) -> Array:
    """Return x (N, C, ...) with each channel's values of a sample in a row, (N, C, D); (N, C) as it is."""
    return x if x.ndim == 2 else x.reshape(*x.shape[:2], prod(x.shape[2:]))


def _running(layer: str, name: str, value: Array | None, x: Array) -> Array | None:
    """Return a copy of a running statistic."""
    return None if value is None else shaped(layer, name, value, x, x.shape[1:2]).copy()


def _refuse_few(layer: str, x: Array, n: int, least: int) -> None:
    if n < least:
        raise ValueError(
            f"{layer}: x has shape {x.shape}; training needs {least} or more values per channel, got {n}"
        )


def _moved(old: Array | None, batch: Array, momentum: float) -> Array | None:
    """Return (1 - momentum) * old + momentum * batch."""
    if old is None:
        return None
    return as_result((1 - momentum) * widen(old) + momentum * batch, old.dtype)


def _given(layer: str, mean: Array | None, variance: Array | None, x: Array) -> Moments:
    """Return the running statistics as moments; refuse missing ones."""
    if mean is None or variance is None:
        name = "running_mean" if mean is None else "running_var"
        raise ValueError(f"{layer}: {name} is None; expected shape {x.shape[1:2]}, as training is False")
    return Moments(widen(mean), np.zeros_like(mean), widen(variance))


def _centre(moments: Moments, some: slice, rows: Array) -> tuple[Array, Array]:
    """Return both parts of the means of some channels, in a shape that broadcasts with `rows`."""
    return _across(moments.mean[some], rows), _across(moments.rest[some], rows)


def _across(values: Array, rows: Array) -> Array:
    """Return values (C,) in a shape that broadcasts with `rows`: (C,), or (C, 1) for rows (N, C, D)."""
    return values if rows.ndim == 2 else values[:, None]


def _all_but_channels(x: Array) -> Axes:
    return 0, *range(2, x.ndim)
