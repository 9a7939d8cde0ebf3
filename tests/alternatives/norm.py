"""The norms by one engine: whatever shares a mean is laid out as a row of a matrix, and the rows are standardised.

Backward goes step by step along the graph x -> mean -> centred -> variance -> inverse -> xhat, as on paper.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

quiet = np.errstate(all="ignore")


def inverse_root(var: Array, eps: float) -> Array:
    """Return 1 / std, of the variance of a batch or of a running one."""
    inverse: Array = 1 / np.sqrt(var + eps)
    return inverse


def standardise(rows: Array, eps: float) -> tuple[Array, Array, Array, Array]:
    """Bring every row to mean 0 and variance 1; also 1 / std, mean and variance, each a column."""
    mean = rows.mean(axis=1, keepdims=True)
    centred = rows - mean
    var = np.square(centred).mean(axis=1, keepdims=True)
    inverse = inverse_root(var, eps)
    xhat = centred * inverse
    return xhat, inverse, mean, var


def standardise_backward(dxhat: Array, xhat: Array, inverse: Array, count: int) -> Array:
    """Return the gradient of the rows of `count` values: directly, through 1 / std, and through the mean."""
    centred = xhat / inverse
    dinverse = (dxhat * centred).sum(axis=1, keepdims=True)
    dvar = -0.5 * inverse**3 * dinverse
    dcentred = dxhat * inverse + 2 * centred * dvar / count
    dmean = -dcentred.sum(axis=1, keepdims=True)
    return dcentred + dmean / count


def moved(old: Array | None, batch: Array, momentum: float) -> Array | None:
    """Return a running statistic, moved towards that of the batch."""
    return None if old is None else (1 - momentum) * old + momentum * batch.ravel()


def channels_forward(
    rows: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    eps: float,
    momentum: float,
    unbiased: bool,
) -> tuple[Array, SimpleNamespace]:
    """Batch norm of the rows of a matrix, one a channel."""
    channels, count = rows.shape
    if gamma.shape != (channels,):
        raise ValueError(f"{channels} channels, and gamma has shape {gamma.shape}")
    if training and count == 1 and unbiased:
        raise ValueError("one value has no unbiased variance")
    if training:
        xhat, inverse, mean, var = standardise(rows, eps)
        new_mean = moved(running_mean, mean, momentum)
        new_var = moved(running_var, var * count / (count - 1) if unbiased else var, momentum)
    else:
        if running_mean is None or running_var is None:
            raise ValueError("evaluation needs running statistics")
        inverse = inverse_root(running_var[:, None], eps)
        xhat = (rows - running_mean[:, None]) * inverse
        new_mean, new_var = running_mean.copy(), running_var.copy()
    out = gamma[:, None] * xhat + beta[:, None]
    cache = SimpleNamespace(
        xhat=xhat,
        inverse=inverse,
        gamma=gamma,
        training=training,
        running_mean=new_mean,
        running_var=new_var,
    )
    return out, cache


def channels_backward(dout: Array, cache: SimpleNamespace) -> tuple[Array, Array, Array]:
    """Return the gradients of `channels_forward`."""
    dgamma = np.einsum("cn,cn->c", dout, cache.xhat)
    dbeta = dout @ np.ones(dout.shape[1], dout.dtype)
    dxhat = cache.gamma[:, None] * dout
    if not cache.training:
        return dxhat * cache.inverse, dgamma, dbeta
    drows = standardise_backward(dxhat, cache.xhat, cache.inverse, dout.shape[1])
    return drows, dgamma, dbeta


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
) -> tuple[Array, SimpleNamespace]:
    """Batch norm of x (N, D): its columns are the rows."""
    rows = np.ascontiguousarray(x.T)
    out, cache = channels_forward(
        rows, gamma, beta, running_mean, running_var, training, eps, momentum, unbiased
    )
    return out.T, cache


@quiet
def batch_norm_backward(dout: Array, cache: SimpleNamespace) -> tuple[Array, Array, Array]:
    """Return the gradients of `batch_norm_forward`."""
    dx, dgamma, dbeta = channels_backward(np.ascontiguousarray(dout.T), cache)
    return dx.T, dgamma, dbeta


def as_channels(x: Array) -> Array:
    """Return x (N, C, H, W) as (C, N H W)."""
    return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)


def as_images(rows: Array, shape: tuple[int, ...]) -> Array:
    """Return rows (C, N H W) as (N, C, H, W)."""
    N, C, H, W = shape
    return np.moveaxis(rows.reshape(C, N, H, W), 0, 1)


@quiet
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
) -> tuple[Array, SimpleNamespace]:
    """Batch norm of x (N, C, H, W)."""
    options = (training, eps, momentum, unbiased)
    out, cache = channels_forward(as_channels(x), gamma, beta, running_mean, running_var, *options)
    return as_images(out, x.shape), cache


@quiet
def spatial_batch_norm_backward(dout: Array, cache: SimpleNamespace) -> tuple[Array, Array, Array]:
    """Return the gradients of `spatial_batch_norm_forward`."""
    drows, dgamma, dbeta = channels_backward(as_channels(dout), cache)
    return as_images(drows, dout.shape), dgamma, dbeta


@quiet
def layer_norm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, tuple[Array, ...]]:
    """Layer norm of x (N, ..., d1, ..., dk): every sample is a row."""
    rows = x.reshape(-1, gamma.size)
    xhat, inverse, _, _ = standardise(rows, eps)
    flat = xhat * gamma.reshape(1, -1) + beta.reshape(1, -1)
    return flat.reshape(x.shape), (xhat, inverse, gamma)


@quiet
def layer_norm_backward(dout: Array, cache: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """Return the gradients of `layer_norm_forward`."""
    xhat, inverse, gamma = cache
    flat = dout.reshape(xhat.shape)
    dx = standardise_backward(flat * gamma.reshape(1, -1), xhat, inverse, gamma.size)
    dgamma = np.einsum("nd,nd->d", flat, xhat)
    dbeta = np.einsum("nd->d", flat)
    return dx.reshape(dout.shape), dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


@quiet
def group_norm_forward(
    x: Array, gamma: Array, beta: Array, *, groups: int = 1, eps: float = 1e-5
) -> tuple[Array, tuple[Array, ...]]:
    """Group norm of x (N, C, H, W): every group of every sample is a row."""
    N, C, H, W = x.shape
    if C % groups:
        raise ValueError(f"{groups} groups do not divide {C} channels")
    blocks = x.reshape(N * groups, C // groups * H * W)
    xhat, inverse, _, _ = standardise(blocks, eps)
    scaled = np.einsum("nchw,c->nchw", xhat.reshape(x.shape), gamma)
    return scaled + beta[:, None, None], (xhat, inverse, gamma)


@quiet
def group_norm_backward(dout: Array, cache: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """Return the gradients of `group_norm_forward`."""
    xhat, inverse, gamma = cache
    count = xhat.shape[1]
    dxhat = dout * gamma[:, None, None]
    dblocks = standardise_backward(dxhat.reshape(xhat.shape), xhat, inverse, count)
    dgamma = np.einsum("nchw,nchw->c", dout, xhat.reshape(dout.shape))
    dbeta = np.einsum("nchw->c", dout)
    return dblocks.reshape(dout.shape), dgamma, dbeta
