"""Normalisations: batch, spatial batch, layer, group and instance norm differ in the values that share a mean.

All of these standardise a set of n values, then scale and shift the result::

    mean = 1/n sum x        var = 1/n sum (x - mean)^2        std = sqrt(var + eps)
    xhat = (x - mean) / std        out = gamma xhat + beta

The variance takes a second pass over the values, because E[x^2] - E[x]^2 cancels if the mean is large.

Backward, with dxhat = gamma dout: there are three paths from x to out, directly, through the mean and through the
variance. Since sum xhat = 0, they add up to (Ioffe and Szegedy 2015, section 3, simplified)::

    dx = (dxhat - 1/n sum dxhat - xhat 1/n sum dxhat xhat) / std
    dgamma = sum dout xhat        dbeta = sum dout

RMS norm subtracts no mean and adds no beta: in all of the above, the mean is 0, and so is the path through it.
"""

from typing import Any, NamedTuple

import numpy as np

from .arguments import (
    Array,
    expect_axes,
    expect_shape,
    floating,
    integer,
    number,
    optional,
    quiet,
    upstream,
)


class BatchNormCache(NamedTuple):
    """What `batch_norm_backward` needs, and the new running statistics."""

    xhat: Array
    std: Array
    gamma: Array
    training: bool
    running_mean: Array | None
    running_var: Array | None


class SpatialBatchNormCache(NamedTuple):
    """What `spatial_batch_norm_backward` needs, and the new running statistics."""

    shape: tuple[int, int, int, int]
    rows: BatchNormCache
    running_mean: Array | None
    running_var: Array | None


class LayerNormCache(NamedTuple):
    """What `layer_norm_backward` needs: xhat as rows, and the shape of x."""

    xhat: Array
    std: Array
    gamma: Array
    shape: tuple[int, ...]


class RmsNormCache(NamedTuple):
    """What `rms_norm_backward` needs: xhat as rows, and the shape of x."""

    xhat: Array
    rms: Array
    gamma: Array
    shape: tuple[int, ...]


class GroupNormCache(NamedTuple):
    """What `group_norm_backward` needs."""

    xhat: Array
    std: Array
    gamma: Array


class InstanceNormCache(NamedTuple):
    """What `instance_norm_backward` needs."""

    xhat: Array
    std: Array
    gamma: Array


@quiet
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
    """Normalise each feature over the batch, or by its running statistics (Ioffe and Szegedy 2015).

    For each d, the values are x[:, d]. The running statistics are updated as in PyTorch::

        new = (1 - momentum) old + momentum batch

    where the variance of the batch is multiplied by N / (N - 1), if unbiased.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        Input.
    gamma, beta : ndarray, shape (D,)
        Scale and shift.
    running_mean, running_var : ndarray, shape (D,), optional
        Running statistics; the new ones are in the cache.
    training : bool
        Whether to normalise by the batch and update the running statistics; otherwise to normalise by them.
    eps : float
        Added to the variance.
    momentum : float
        Weight of the batch in the new running statistics.
    unbiased : bool
        Whether the running variance is the unbiased one.

    Returns
    -------
    out : ndarray, shape (N, D)
        Output.
    cache : BatchNormCache
        What the backward pass needs; its running_mean and running_var are the new ones.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, a training batch is too small, or evaluation lacks running statistics.

    """
    x = floating("batch_norm", "x", x)
    expect_axes("batch_norm", "x", x, "N, D")
    parameters = _per_channel("batch_norm", x, gamma, beta, running_mean, running_var)
    gamma, beta, running_mean, running_var = parameters
    eps = _epsilon("batch_norm", eps)
    momentum = number("batch_norm", "momentum", momentum)
    N, D = x.shape
    _check_statistics("batch_norm", N, running_mean, running_var, training, unbiased)

    values = _widened(x)
    mean = np.zeros(D, values.dtype)
    var = np.zeros(D, values.dtype)
    std = np.zeros(D, values.dtype)
    xhat = np.zeros((N, D), values.dtype)
    out = np.zeros((N, D), x.dtype)
    for d in range(D):
        if training:
            mean[d] = np.mean(values[:, d])
            var[d] = np.mean((values[:, d] - mean[d]) ** 2)
        elif running_mean is not None and running_var is not None:
            mean[d] = running_mean[d]
            var[d] = running_var[d]
        std[d] = np.sqrt(var[d] + eps)
        xhat[:, d] = (values[:, d] - mean[d]) / std[d]
        out[:, d] = gamma[d] * xhat[:, d] + beta[d]

    new_mean = None if running_mean is None else running_mean.copy()
    new_var = None if running_var is None else running_var.copy()
    if training and new_mean is not None:
        new_mean[:] = (1 - momentum) * _widened(new_mean) + momentum * mean
    if training and new_var is not None:
        batch_var = var * N / (N - 1) if unbiased else var
        new_var[:] = (1 - momentum) * _widened(new_var) + momentum * batch_var
    return out, BatchNormCache(xhat, std, gamma, training, new_mean, new_var)


@quiet
def batch_norm_backward(dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `batch_norm_forward`.

    In evaluation, mean and variance do not depend on x, and dx = dxhat / std.

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        Upstream gradient.
    cache : BatchNormCache
        From the forward pass.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Of the shapes of x, gamma and beta.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    xhat, std, gamma = cache.xhat, cache.std, cache.gamma
    dout = _widened(upstream("batch_norm", dout, xhat.shape, gamma.dtype))
    dx = np.zeros(xhat.shape, gamma.dtype)
    dgamma = np.zeros(gamma.shape, gamma.dtype)
    dbeta = np.zeros(gamma.shape, gamma.dtype)
    for d in range(gamma.size):
        dgamma[d] = np.sum(dout[:, d] * xhat[:, d])
        dbeta[d] = np.sum(dout[:, d])
        dxhat = gamma[d] * dout[:, d]
        if cache.training:
            through_mean = np.mean(dxhat)
            through_var = xhat[:, d] * np.mean(dxhat * xhat[:, d])
            dx[:, d] = (dxhat - through_mean - through_var) / std[d]
        else:
            dx[:, d] = dxhat / std[d]
    return dx, dgamma, dbeta


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
) -> tuple[Array, SpatialBatchNormCache]:
    """Normalise each channel over the batch and all positions: `batch_norm_forward` on N H W rows.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Input.
    gamma, beta : ndarray, shape (C,)
        Scale and shift.
    running_mean, running_var : ndarray, shape (C,), optional
        Running statistics; the new ones are in the cache.
    training : bool
        Whether to normalise by the batch and update the running statistics; otherwise to normalise by them.
    eps : float
        Added to the variance.
    momentum : float
        Weight of the batch in the new running statistics.
    unbiased : bool
        Whether the running variance is the unbiased one.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        Output.
    cache : SpatialBatchNormCache
        What the backward pass needs; its running_mean and running_var are the new ones.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, a training batch is too small, or evaluation lacks running statistics.

    """
    x = floating("spatial_batch_norm", "x", x)
    expect_axes("spatial_batch_norm", "x", x, "N, C, H, W")
    parameters = _per_channel("spatial_batch_norm", x, gamma, beta, running_mean, running_var)
    eps = _epsilon("spatial_batch_norm", eps)
    momentum = number("spatial_batch_norm", "momentum", momentum)
    N, C, H, W = x.shape
    _check_statistics("spatial_batch_norm", N * H * W, *parameters[2:], training, unbiased)

    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    out_rows, cache = batch_norm_forward(
        rows, *parameters, training=training, eps=eps, momentum=momentum, unbiased=unbiased
    )
    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()
    return out, SpatialBatchNormCache((N, C, H, W), cache, cache.running_mean, cache.running_var)


def spatial_batch_norm_backward(dout: Array, cache: SpatialBatchNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `spatial_batch_norm_forward`: those of its N H W rows.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        Upstream gradient.
    cache : SpatialBatchNormCache
        From the forward pass.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Of the shapes of x, gamma and beta.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    N, C, H, W = cache.shape
    dout = upstream("spatial_batch_norm", dout, cache.shape, cache.rows.gamma.dtype)
    dout_rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    dx_rows, dgamma, dbeta = batch_norm_backward(dout_rows, cache.rows)
    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2).copy()
    return dx, dgamma, dbeta


@quiet
def layer_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, LayerNormCache]:
    """Normalise each sample over its own values, x[n] (Ba, Kiros and Hinton 2016).

    A sample is what the axes of gamma hold, the last ones of x. Any axes may be in front of them: of (N, T, D), with a
    gamma (D,), each x[n, t] is a sample.

    Parameters
    ----------
    x : ndarray, shape (N, ..., d1, ..., dk)
        Input.
    gamma, beta : ndarray, shape (d1, ..., dk)
        Scale and shift.
    eps : float
        Added to the variance.

    Returns
    -------
    out : ndarray, shape (N, ..., d1, ..., dk)
        Output.
    cache : LayerNormCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, or a sample is empty.

    """
    x = floating("layer_norm", "x", x)
    expect_axes("layer_norm", "x", x, "N, D, ...")
    gamma = _scale("layer_norm", gamma, x)
    beta = _parameter("layer_norm", "beta", beta, gamma.shape, x.dtype)
    eps = _epsilon("layer_norm", eps)
    if gamma.size == 0:
        raise ValueError(f"layer_norm: x has shape {x.shape}; expected at least one value per sample")

    shape = x.shape
    x = x.reshape(-1, *gamma.shape)
    N = x.shape[0]
    values = _widened(x)
    std = np.zeros(N, values.dtype)
    xhat = np.zeros(x.shape, values.dtype)
    out = np.zeros(x.shape, x.dtype)
    for n in range(N):
        mean = np.mean(values[n])
        var = np.mean((values[n] - mean) ** 2)
        std[n] = np.sqrt(var + eps)
        xhat[n] = (values[n] - mean) / std[n]
        out[n] = gamma * xhat[n] + beta
    return out.reshape(shape), LayerNormCache(xhat, std, gamma, shape)


@quiet
def layer_norm_backward(dout: Array, cache: LayerNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `layer_norm_forward`; all samples share gamma and beta.

    Parameters
    ----------
    dout : ndarray, shape (N, ..., d1, ..., dk)
        Upstream gradient.
    cache : LayerNormCache
        From the forward pass.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Of the shapes of x, gamma and beta.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    xhat, std, gamma, shape = cache
    dout = _widened(upstream("layer_norm", dout, shape, gamma.dtype)).reshape(xhat.shape)
    dx = np.zeros(xhat.shape, gamma.dtype)
    dgamma = np.zeros(gamma.shape, xhat.dtype)
    dbeta = np.zeros(gamma.shape, xhat.dtype)
    for n in range(len(xhat)):
        dgamma += dout[n] * xhat[n]
        dbeta += dout[n]
        dxhat = gamma * dout[n]
        through_mean = np.mean(dxhat)
        through_var = xhat[n] * np.mean(dxhat * xhat[n])
        dx[n] = (dxhat - through_mean - through_var) / std[n]
    dx = dx.reshape(shape)
    return dx, dgamma.astype(gamma.dtype), dbeta.astype(gamma.dtype)


@quiet
def rms_norm_forward(x: Array, gamma: Array, *, eps: float = 1e-5) -> tuple[Array, RmsNormCache]:
    """Divide each sample by the root of the mean of its squares (Zhang and Sennrich 2019).

    For each sample, which is what the axes of gamma hold, the last ones of x::

        rms = sqrt(1/n sum x^2 + eps)        xhat = x / rms        out = gamma xhat

    Parameters
    ----------
    x : ndarray, shape (N, ..., d1, ..., dk)
        Input.
    gamma : ndarray, shape (d1, ..., dk)
        Scale.
    eps : float
        Added to the mean of the squares.

    Returns
    -------
    out : ndarray, shape (N, ..., d1, ..., dk)
        Output.
    cache : RmsNormCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, or a sample is empty.

    """
    x = floating("rms_norm", "x", x)
    expect_axes("rms_norm", "x", x, "N, D, ...")
    gamma = _scale("rms_norm", gamma, x)
    eps = _epsilon("rms_norm", eps)
    if gamma.size == 0:
        raise ValueError(f"rms_norm: x has shape {x.shape}; expected at least one value per sample")

    shape = x.shape
    x = x.reshape(-1, *gamma.shape)
    N = x.shape[0]
    values = _widened(x)
    rms = np.zeros(N, values.dtype)
    xhat = np.zeros(x.shape, values.dtype)
    out = np.zeros(x.shape, x.dtype)
    for n in range(N):
        rms[n] = np.sqrt(np.mean(values[n] ** 2) + eps)
        xhat[n] = values[n] / rms[n]
        out[n] = gamma * xhat[n]
    return out.reshape(shape), RmsNormCache(xhat, rms, gamma, shape)


@quiet
def rms_norm_backward(dout: Array, cache: RmsNormCache) -> tuple[Array, Array]:
    """Compute the gradients of `rms_norm_forward`; all samples share gamma.

    There are two paths from x to out, directly and through the root. With dxhat = gamma dout, they add up to::

        dx = (dxhat - xhat 1/n sum dxhat xhat) / rms        dgamma = sum dout xhat

    Parameters
    ----------
    dout : ndarray, shape (N, ..., d1, ..., dk)
        Upstream gradient.
    cache : RmsNormCache
        From the forward pass.

    Returns
    -------
    dx, dgamma : ndarray
        Of the shapes of x and gamma.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    xhat, rms, gamma, shape = cache
    dout = _widened(upstream("rms_norm", dout, shape, gamma.dtype)).reshape(xhat.shape)
    dx = np.zeros(xhat.shape, gamma.dtype)
    dgamma = np.zeros(gamma.shape, xhat.dtype)
    for n in range(len(xhat)):
        dgamma += dout[n] * xhat[n]
        dxhat = gamma * dout[n]
        through_root = xhat[n] * np.mean(dxhat * xhat[n])
        dx[n] = (dxhat - through_root) / rms[n]
    return dx.reshape(shape), dgamma.astype(gamma.dtype)


@quiet
def group_norm_forward(
    x: Array, gamma: Array, beta: Array, *, groups: int = 1, eps: float = 1e-5
) -> tuple[Array, GroupNormCache]:
    """Normalise each sample over blocks of C / groups consecutive channels (Wu and He 2018).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Input.
    gamma, beta : ndarray, shape (C,)
        Scale and shift.
    groups : int
        The number of blocks into which the channels are divided.
    eps : float
        Added to the variance.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        Output.
    cache : GroupNormCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating or differs from that of x, or groups is not an int.
    ValueError
        If shapes do not fit, groups does not divide C, or a sample is empty.

    """
    x = floating("group_norm", "x", x)
    expect_axes("group_norm", "x", x, "N, C, H, W")
    N, C, H, W = x.shape
    gamma = _parameter("group_norm", "gamma", gamma, (C,), x.dtype)
    beta = _parameter("group_norm", "beta", beta, (C,), x.dtype)
    eps = _epsilon("group_norm", eps)
    groups = integer("group_norm", "groups", groups, 1)
    if C % groups:
        raise ValueError(f"group_norm: groups {groups} must divide the {C} channels of x")
    if C * H * W == 0:
        raise ValueError(f"group_norm: x has shape {x.shape}; expected at least one value per sample")

    size = C // groups
    values = _widened(x)
    std = np.zeros((N, groups), values.dtype)
    xhat = np.zeros(x.shape, values.dtype)
    out = np.zeros(x.shape, x.dtype)
    for n, g in np.ndindex(N, groups):
        block = slice(g * size, g * size + size)
        mean = np.mean(values[n, block])
        var = np.mean((values[n, block] - mean) ** 2)
        std[n, g] = np.sqrt(var + eps)
        xhat[n, block] = (values[n, block] - mean) / std[n, g]
    for n, c in np.ndindex(N, C):
        out[n, c] = gamma[c] * xhat[n, c] + beta[c]
    return out, GroupNormCache(xhat, std, gamma)


@quiet
def group_norm_backward(dout: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `group_norm_forward`; all samples and positions share gamma and beta.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        Upstream gradient.
    cache : GroupNormCache
        From the forward pass.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Of the shapes of x, gamma and beta.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    xhat, std, gamma = cache
    dout = _widened(upstream("group_norm", dout, xhat.shape, gamma.dtype))
    N, C = xhat.shape[:2]
    groups = std.shape[1]
    size = C // groups
    dxhat = np.zeros(xhat.shape, xhat.dtype)
    dx = np.zeros(xhat.shape, gamma.dtype)
    dgamma = np.zeros(C, xhat.dtype)
    dbeta = np.zeros(C, xhat.dtype)
    for n, c in np.ndindex(N, C):
        dgamma[c] += np.sum(dout[n, c] * xhat[n, c])
        dbeta[c] += np.sum(dout[n, c])
        dxhat[n, c] = gamma[c] * dout[n, c]
    for n, g in np.ndindex(N, groups):
        block = slice(g * size, g * size + size)
        through_mean = np.mean(dxhat[n, block])
        through_var = xhat[n, block] * np.mean(dxhat[n, block] * xhat[n, block])
        dx[n, block] = (dxhat[n, block] - through_mean - through_var) / std[n, g]
    return dx, dgamma.astype(gamma.dtype), dbeta.astype(gamma.dtype)


@quiet
def instance_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, InstanceNormCache]:
    """Normalise each channel of each sample over its own positions (Ulyanov, Vedaldi and Lempitsky 2016).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Input.
    gamma, beta : ndarray, shape (C,)
        Scale and shift.
    eps : float
        Added to the variance.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        Output.
    cache : InstanceNormCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If shapes do not fit, or a sample is empty.

    """
    x = floating("instance_norm", "x", x)
    expect_axes("instance_norm", "x", x, "N, C, H, W")
    N, C, H, W = x.shape
    gamma = _parameter("instance_norm", "gamma", gamma, (C,), x.dtype)
    beta = _parameter("instance_norm", "beta", beta, (C,), x.dtype)
    eps = _epsilon("instance_norm", eps)
    if C * H * W == 0:
        raise ValueError(f"instance_norm: x has shape {x.shape}; expected at least one value per sample")

    values = _widened(x)
    std = np.zeros((N, C), values.dtype)
    xhat = np.zeros(x.shape, values.dtype)
    out = np.zeros(x.shape, x.dtype)
    for n, c in np.ndindex(N, C):
        mean = np.mean(values[n, c])
        var = np.mean((values[n, c] - mean) ** 2)
        std[n, c] = np.sqrt(var + eps)
        xhat[n, c] = (values[n, c] - mean) / std[n, c]
        out[n, c] = gamma[c] * xhat[n, c] + beta[c]
    return out, InstanceNormCache(xhat, std, gamma)


@quiet
def instance_norm_backward(dout: Array, cache: InstanceNormCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `instance_norm_forward`; all samples and positions share gamma and beta.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        Upstream gradient.
    cache : InstanceNormCache
        From the forward pass.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Of the shapes of x, gamma and beta.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    xhat, std, gamma = cache
    dout = _widened(upstream("instance_norm", dout, xhat.shape, gamma.dtype))
    N, C = xhat.shape[:2]
    dx = np.zeros(xhat.shape, gamma.dtype)
    dgamma = np.zeros(C, xhat.dtype)
    dbeta = np.zeros(C, xhat.dtype)
    for n, c in np.ndindex(N, C):
        dgamma[c] += np.sum(dout[n, c] * xhat[n, c])
        dbeta[c] += np.sum(dout[n, c])
        dxhat = gamma[c] * dout[n, c]
        through_mean = np.mean(dxhat)
        through_var = xhat[n, c] * np.mean(dxhat * xhat[n, c])
        dx[n, c] = (dxhat - through_mean - through_var) / std[n, c]
    return dx, dgamma.astype(gamma.dtype), dbeta.astype(gamma.dtype)


def _widened(x: Array) -> Array:
    # Compute float16 in float32, as PyTorch does: squares of 256 and more overflow in float16.
    return np.asarray(x, dtype=np.result_type(x.dtype, np.float32))


def _parameter(layer: str, name: str, value: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    array = floating(layer, name, value, dtype)
    expect_shape(layer, name, array, shape)
    return array


def _scale(layer: str, value: Any, x: Array) -> Array:
    gamma = floating(layer, "gamma", value, x.dtype)
    axes = min(gamma.ndim, x.ndim - 1) or x.ndim - 1
    expect_shape(layer, "gamma", gamma, x.shape[-axes:])
    return gamma


def _per_channel(
    layer: str, x: Array, gamma: Any, beta: Any, running_mean: Any, running_var: Any
) -> tuple[Array, Array, Array | None, Array | None]:
    shape = (x.shape[1],)
    gamma = _parameter(layer, "gamma", gamma, shape, x.dtype)
    beta = _parameter(layer, "beta", beta, shape, x.dtype)
    mean = optional(layer, "running_mean", running_mean, x.dtype)
    var = optional(layer, "running_var", running_var, x.dtype)
    for name, array in (("running_mean", mean), ("running_var", var)):
        if array is not None:
            expect_shape(layer, name, array, shape)
    return gamma, beta, mean, var


def _check_statistics(
    layer: str, count: int, mean: Array | None, var: Array | None, training: bool, unbiased: bool
) -> None:
    least = 2 if unbiased else 1
    if training and count < least:
        raise ValueError(f"{layer}: {count} values per channel; expected at least {least} in training")
    for name, array in (("running_mean", mean), ("running_var", var)):
        if array is None and not training:
            raise ValueError(f"{layer}: {name} is None; expected the running statistics in evaluation")


def _epsilon(layer: str, value: Any) -> float:
    eps = number(layer, "eps", value)
    if not eps >= 0:
        raise ValueError(f"{layer}: eps is {eps}; expected at least 0")
    return eps
