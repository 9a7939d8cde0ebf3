"""Batch, layer, group and instance normalisation: out = gamma * (x - mean) / sqrt(variance + eps) + beta.

RMS normalisation is the same without a mean and without beta.
"""

from typing import NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, integer, number, shaped, upstream, widen
from .batch_norm import BatchNormCache, normalise, normalise_gradients
from .engine.sample_norm import Samples, group_gradients, normalise_samples, row_gradients
from .engine.standardise import broadcasting


class LayerNormCache(NamedTuple):
    """The normalised samples (M, D), gamma, and the shape of x."""

    samples: Samples
    gamma: Array
    shape: tuple[int, ...]


class RmsNormCache(NamedTuple):
    """The samples (M, D) divided by their root mean square (M, 1), gamma, and the shape of x."""

    normalised: Array
    root: Array
    gamma: Array
    shape: tuple[int, ...]


class GroupNormCache(NamedTuple):
    """As for layer normalisation, with samples laid out as (N, groups, C / groups, H * W)."""

    samples: Samples
    gamma: Array
    shape: tuple[int, ...]


@broadcasting
def batch_norm_forward(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    eps: float = 1e-5,
    momentum: float = 0.1,
    unbiased: bool = True,
) -> tuple[Array, BatchNormCache]:
    """Normalise each feature over the batch; when not training, with the running statistics.

    S. Ioffe and C. Szegedy, "Batch Normalization" (2015). Running statistics follow PyTorch:
    new = (1 - momentum) old + momentum batch. The arguments are not changed; the new statistics are in the cache.

    Parameters
    ----------
    x : array (N, D)
        Input.
    gamma, beta : array (D,)
        Scale and shift.
    running_mean, running_var : array (D,), optional
        Running statistics, required when not training.
    training : bool
        Whether to use the batch's statistics and update the running ones.
    eps : float
        Added to the variance.
    momentum : float
        Weight of the batch in the running statistics.
    unbiased : bool
        Whether the running variance uses the batch's variance with n - 1 in place of n. The output always uses n.

    Returns
    -------
    out : array (N, D)
    cache : BatchNormCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit, statistics are missing, or training has fewer than 2 values per feature
        (1 when `unbiased` is False).
    """
    x = floating("batch_norm", "x", x, "N, D")
    running = running_mean, running_var
    return normalise("batch_norm", x, gamma, beta, *running, training, eps, momentum, unbiased)


@broadcasting
def batch_norm_backward(dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients; when not training, the statistics are constants.

    Parameters
    ----------
    dout : array (N, D)
        Gradient of the output.
    cache : BatchNormCache
        From the forward pass.

    Returns
    -------
    dx : array (N, D)
    dgamma, dbeta : array (D,)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    return normalise_gradients("batch_norm", dout, cache)


@broadcasting
def spatial_batch_norm_forward(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    eps: float = 1e-5,
    momentum: float = 0.1,
    unbiased: bool = True,
) -> tuple[Array, BatchNormCache]:
    """Normalise each channel over the batch and all positions; see `batch_norm_forward`.

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    gamma, beta : array (C,)
        Scale and shift.
    running_mean, running_var : array (C,), optional
        Running statistics, required when not training.
    training, eps, momentum, unbiased
        As for `batch_norm_forward`.

    Returns
    -------
    out : array (N, C, H, W)
    cache : BatchNormCache

    Raises
    ------
    TypeError, ValueError
        As for `batch_norm_forward`.
    """
    x = floating("spatial_batch_norm", "x", x, "N, C, H, W")
    running = running_mean, running_var
    return normalise("spatial_batch_norm", x, gamma, beta, *running, training, eps, momentum, unbiased)


@broadcasting
def spatial_batch_norm_backward(dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients; when not training, the statistics are constants.

    Parameters
    ----------
    dout : array (N, C, H, W)
        Gradient of the output.
    cache : BatchNormCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)
    dgamma, dbeta : array (C,)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    return normalise_gradients("spatial_batch_norm", dout, cache)


@broadcasting
def layer_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, LayerNormCache]:
    """Normalise each sample over all its values: those along the axes of gamma, the last ones of x.

    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer Normalization" (2016).

    Parameters
    ----------
    x : array (N, ..., d1, ..., dk)
        Input; with axes in front besides the batch, each index of them is a sample.
    gamma, beta : array (d1, ..., dk)
        Scale and shift.
    eps : float
        Added to the biased variance.

    Returns
    -------
    out : array (N, ..., d1, ..., dk)
    cache : LayerNormCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit, or a sample is empty.
    """
    x, gamma = _samples_and_scale("layer_norm", x, gamma)
    beta = shaped("layer_norm", "beta", beta, x, gamma.shape)
    eps = number("layer_norm", "eps", eps, 0)
    rows, scale, shift = x.reshape(-1, gamma.size), gamma.ravel(), beta.ravel()
    out, samples = normalise_samples(rows, scale, shift, eps, (1,))
    return out.reshape(x.shape), LayerNormCache(samples, gamma, x.shape)


@broadcasting
def layer_norm_backward(dout: Array, cache: LayerNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dout : array (N, ..., d1, ..., dk)
        Gradient of the output.
    cache : LayerNormCache
        From the forward pass.

    Returns
    -------
    dx : array (N, ..., d1, ..., dk)
    dgamma, dbeta : array (d1, ..., dk)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    samples, gamma, shape = cache
    dout = upstream("layer_norm", dout, shape, gamma.dtype).reshape(samples.x.shape)
    dx, dgamma, dbeta = row_gradients(dout, samples, gamma.ravel())
    return dx.reshape(shape), dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


@ieee
def rms_norm_forward(x: Array, gamma: Array, *, eps: float = 1e-5) -> tuple[Array, RmsNormCache]:
    """Divide each sample by its root mean square: out = gamma * x / sqrt(mean(x^2) + eps).

    B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization" (2019).

    Parameters
    ----------
    x : array (N, ..., d1, ..., dk)
        Input; a sample has the axes of gamma, the last ones of x.
    gamma : array (d1, ..., dk)
        Scale.
    eps : float
        Added to the mean of the squares.

    Returns
    -------
    out : array (N, ..., d1, ..., dk)
    cache : RmsNormCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit, or a sample is empty.
    """
    x, gamma = _samples_and_scale("rms_norm", x, gamma)
    eps = number("rms_norm", "eps", eps, 0)
    rows = widen(x).reshape(-1, gamma.size)
    root = np.sqrt(_row_means(rows, rows) + eps)
    normalised = rows / root
    out = as_result(normalised * gamma.ravel(), x.dtype)
    return out.reshape(x.shape), RmsNormCache(normalised, root, gamma, x.shape)


@ieee
def rms_norm_backward(dout: Array, cache: RmsNormCache) -> tuple[Array, Array]:
    """Compute the gradients: with g = gamma * dout, dx = (g - normalised * mean(g * normalised)) / root.

    Parameters
    ----------
    dout : array (N, ..., d1, ..., dk)
        Gradient of the output.
    cache : RmsNormCache
        From the forward pass.

    Returns
    -------
    dx : array (N, ..., d1, ..., dk)
    dgamma : array (d1, ..., dk)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    normalised, root, gamma, shape = cache
    rows = widen(upstream("rms_norm", dout, shape, gamma.dtype)).reshape(normalised.shape)
    scaled = rows * gamma.ravel()
    dx = (scaled - normalised * _row_means(scaled, normalised)) / root
    dgamma = np.einsum("nd,nd->d", rows, normalised)
    return as_result(dx, gamma.dtype).reshape(shape), as_result(dgamma, gamma.dtype).reshape(gamma.shape)


@broadcasting
def group_norm_forward(
    x: Array, gamma: Array, beta: Array, *, groups: int = 1, eps: float = 1e-5
) -> tuple[Array, GroupNormCache]:
    """Normalise each sample over each block of C / groups consecutive channels.

    Y. Wu and K. He, "Group Normalization" (2018).

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    gamma, beta : array (C,)
        Scale and shift, per channel.
    groups : int
        Number of blocks; divides C.
    eps : float
        Added to the biased variance.

    Returns
    -------
    out : array (N, C, H, W)
    cache : GroupNormCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit, `groups` does not divide C, or a sample is empty.
    """
    x = floating("group_norm", "x", x, "N, C, H, W")
    _refuse_empty("group_norm", x)
    N, C, H, W = x.shape
    gamma = shaped("group_norm", "gamma", gamma, x, (C,))
    beta = shaped("group_norm", "beta", beta, x, (C,))
    groups = integer("group_norm", "groups", groups, 1)
    if C % groups:
        raise ValueError(f"group_norm: groups {groups} does not divide the {C} channels")
    eps = number("group_norm", "eps", eps, 0)
    blocks = x.reshape(N, groups, C // groups, H * W)
    scale, shift = (values.reshape(1, groups, C // groups, 1) for values in (gamma, beta))
    out, samples = normalise_samples(blocks, scale, shift, eps, (2, 3))
    return out.reshape(x.shape), GroupNormCache(samples, gamma, x.shape)


@broadcasting
def group_norm_backward(dout: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dout : array (N, C, H, W)
        Gradient of the output.
    cache : GroupNormCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)
    dgamma, dbeta : array (C,)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    samples, gamma, shape = cache
    dout = upstream("group_norm", dout, shape, gamma.dtype).reshape(samples.x.shape)
    dx, dgamma, dbeta = group_gradients(dout, samples, gamma.reshape(1, *samples.x.shape[1:3], 1))
    return dx.reshape(shape), dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


@broadcasting
def instance_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, GroupNormCache]:
    """Normalise each channel of each sample over its positions: a group norm with one channel in each group.

    D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance Normalization" (2016).

    Parameters
    ----------
    x : array (N, C, H, W)
        Input.
    gamma, beta : array (C,)
        Scale and shift, per channel.
    eps : float
        Added to the biased variance.

    Returns
    -------
    out : array (N, C, H, W)
    cache : GroupNormCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit, or a sample is empty.
    """
    x = floating("instance_norm", "x", x, "N, C, H, W")
    _refuse_empty("instance_norm", x)
    N, C, H, W = x.shape
    gamma = shaped("instance_norm", "gamma", gamma, x, (C,))
    beta = shaped("instance_norm", "beta", beta, x, (C,))
    eps = number("instance_norm", "eps", eps, 0)
    scale, shift = (values.reshape(1, C, 1, 1) for values in (gamma, beta))
    out, samples = normalise_samples(x.reshape(N, C, 1, H * W), scale, shift, eps, (2, 3))
    return out.reshape(x.shape), GroupNormCache(samples, gamma, x.shape)


@broadcasting
def instance_norm_backward(dout: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients.

    Parameters
    ----------
    dout : array (N, C, H, W)
        Gradient of the output.
    cache : GroupNormCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C, H, W)
    dgamma, dbeta : array (C,)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    samples, gamma, shape = cache
    dout = upstream("instance_norm", dout, shape, gamma.dtype).reshape(samples.x.shape)
    dx, dgamma, dbeta = group_gradients(dout, samples, gamma.reshape(1, -1, 1, 1))
    return dx.reshape(shape), dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


def _samples_and_scale(layer: str, x: Array, gamma: Array) -> tuple[Array, Array]:
    """Return x and gamma, whose axes are the last ones of x: all but the first, if it has too many."""
    x = floating(layer, "x", x)
    if x.ndim < 2:
        raise ValueError(f"{layer}: x has shape {x.shape}; expected (N, d1, ..., dk)")
    axes = min(np.ndim(gamma), x.ndim - 1) or x.ndim - 1
    gamma = shaped(layer, "gamma", gamma, x, x.shape[x.ndim - axes :])
    if gamma.size == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; a sample's mean needs at least one value")
    return x, gamma


def _row_means(rows: Array, times: Array) -> Array:
    """Return the mean of each row (M, D) of a product, as (M, 1)."""
    means: Array = np.einsum("nd,nd->n", rows, times)[:, None] / rows.dtype.type(rows.shape[1])
    return means


def _refuse_empty(layer: str, x: Array) -> None:
    if 0 in x.shape[1:]:
        raise ValueError(f"{layer}: x has shape {x.shape}; a sample's mean needs at least one value")
