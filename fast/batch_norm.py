"""Batch normalisation over every axis but the channels', for any number of axes."""

from typing import NamedTuple

from fast.arguments import Array, as_result, number, shaped, upstream, widen
from fast.standardise import (
    Moments,
    affine_gradients,
    all_but_channels,
    centred,
    centred_gradient,
    count,
    per_channel,
    spread,
)


class BatchNormCache(NamedTuple):
    """What the backward pass needs, and the new running statistics, None where none were given."""

    normalised: Array
    deviation: Array
    gamma: Array
    training: bool
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
    if training:
        n = _enough_values(layer, x, unbiased)
        deviations, moments = centred(widen(x), all_but_channels(x))
        batch_var = moments.variance * n / (n - 1) if unbiased else moments.variance
        new_mean = _moved(old_mean, moments.mean, momentum)
        new_var = _moved(old_var, batch_var, momentum)
    else:
        moments = Moments(
            _given(layer, "running_mean", old_mean, x), _given(layer, "running_var", old_var, x)
        )
        deviations = x - moments.mean
        new_mean, new_var = old_mean, old_var
    deviation = spread(moments.variance, eps)
    normalised = deviations / deviation
    out = normalised * per_channel(gamma, x.ndim) + per_channel(beta, x.ndim)
    cache = BatchNormCache(normalised, deviation, gamma, training, new_mean, new_var)
    return as_result(out, x.dtype), cache


def normalise_gradients(layer: str, dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta of `batch_norm_backward`."""
    normalised, deviation, gamma, training, _, _ = cache
    dout = widen(upstream(layer, dout, normalised.shape, gamma.dtype))
    axes = all_but_channels(dout)
    dnormalised = dout * per_channel(gamma, dout.ndim)
    # Running statistics do not depend on x.
    dx = centred_gradient(dnormalised, normalised, deviation, axes) if training else dnormalised / deviation
    return as_result(dx, gamma.dtype), *affine_gradients(dout, normalised, gamma, axes)


def _running(layer: str, name: str, value: Array | None, x: Array) -> Array | None:
    """Return a copy of a running statistic."""
    return None if value is None else shaped(layer, name, value, x, x.shape[1:2]).copy()


def _enough_values(layer: str, x: Array, unbiased: bool) -> int:
    n = count(x, all_but_channels(x))
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


def _given(layer: str, name: str, statistic: Array | None, x: Array) -> Array:
    """Return a running statistic to go with x, refusing a missing one."""
    if statistic is None:
        raise ValueError(f"{layer}: {name} is None; expected shape {x.shape[1:2]}, as training is False")
    return per_channel(widen(statistic), x.ndim)
