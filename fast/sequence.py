"""Word embedding, affine layer and softmax loss over time, positional encoding."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, matching, shaped, upstream, upstream_scalar, widen


class EmbeddingCache(NamedTuple):
    """The indices, and the shape and dtype of the table."""

    x: Array
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class TemporalAffineCache(NamedTuple):
    """What the backward pass needs."""

    x: Array
    w: Array


class TemporalScoresCache(NamedTuple):
    """The scores that count, as rows shifted by their maxima, their labels, and where they are."""

    shifted: Array
    y: Array
    mask: Array
    dtype: np.dtype[Any]


class EncodingCache(NamedTuple):
    """The shape and dtype of the input."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@ieee
def word_embedding_forward(x: Array, W: Array) -> tuple[Array, EmbeddingCache]:
    """Take the rows of W at the indices x.

    Parameters
    ----------
    x : integer array (N, T)
        Indices, 0 <= x < V.
    W : array (V, D)
        One row for each word.

    Returns
    -------
    out : array (N, T, D)
    cache : EmbeddingCache

    Raises
    ------
    TypeError
        If the dtype of W is not floating or that of x not an integer.
    ValueError
        If the shapes do not fit or an index is out of range.
    """
    W = floating("word_embedding", "W", W, "V, D")
    x = _integers("word_embedding", "x", x)
    if x.ndim != 2:
        raise ValueError(f"word_embedding: x has shape {x.shape}; expected (N, T)")
    _check_range("word_embedding", "x", x, len(W))
    return as_result(W[x], W.dtype), EmbeddingCache(x, W.shape, W.dtype)


@ieee
def word_embedding_backward(dout: Array, cache: EmbeddingCache) -> Array:
    """Add each vector of dout to the row of dW that it came from.

    Parameters
    ----------
    dout : array (N, T, D)
        Gradient of the output.
    cache : EmbeddingCache
        From the forward pass.

    Returns
    -------
    dW : array (V, D)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, shape, dtype = cache
    dout = widen(upstream("word_embedding", dout, (*x.shape, shape[1]), dtype))
    dW = np.zeros(shape, dout.dtype)
    np.add.at(dW, x.ravel(), dout.reshape(x.size, shape[1]))
    return as_result(dW, dtype)


@ieee
def temporal_affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, TemporalAffineCache]:
    """Compute out = x w + b along the last axis.

    Parameters
    ----------
    x : array (N, T, D)
        Input.
    w : array (D, M)
        Weights.
    b : array (M,)
        Bias.

    Returns
    -------
    out : array (N, T, M)
    cache : TemporalAffineCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes do not fit.
    """
    x = floating("temporal_affine", "x", x, "N, T, D")
    w = matching("temporal_affine", "w", w, x, "D, M")
    if x.shape[2] != w.shape[0]:
        raise ValueError(f"temporal_affine: x has shape {x.shape}; expected (N, T, {w.shape[0]})")
    b = shaped("temporal_affine", "b", b, x, w.shape[1:])
    # One product of two matrices: NumPy would make N small ones of (N, T, D) @ (D, M).
    out = widen(_rows(x)) @ w + b
    return as_result(out.reshape(*x.shape[:2], w.shape[1]), x.dtype), TemporalAffineCache(x, w)


@ieee
def temporal_affine_backward(dout: Array, cache: TemporalAffineCache) -> tuple[Array, Array, Array]:
    """Compute the gradients; every sample and time is a row, as of an affine layer.

    Parameters
    ----------
    dout : array (N, T, M)
        Gradient of the output.
    cache : TemporalAffineCache
        From the forward pass.

    Returns
    -------
    dx : array (N, T, D)
    dw : array (D, M)
    db : array (M,)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    x, w = cache
    rows = _rows(widen(upstream("temporal_affine", dout, (*x.shape[:2], w.shape[1]), x.dtype)))
    dx = (rows @ w.T).reshape(x.shape)
    dw = _rows(x).T @ rows
    return as_result(dx, x.dtype), as_result(dw, x.dtype), as_result(rows.sum(axis=0), x.dtype)


@ieee
def temporal_softmax_loss_forward(x: Array, y: Array, mask: Array) -> tuple[Array, TemporalScoresCache]:
    """Compute the sum over the masked words of log(sum_v exp(x_v)) - x_y, divided by the number of sequences.

    Parameters
    ----------
    x : array (N, T, V)
        Scores.
    y : integer array (N, T)
        Labels, 0 <= y < V.
    mask : bool array (N, T)
        Which words count.

    Returns
    -------
    loss : array ()
    cache : TemporalScoresCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating, that of y not an integer or that of mask not bool.
    ValueError
        If the batch is empty, the shapes do not fit or a label is out of range.
    """
    x = floating("temporal_softmax_loss", "x", x, "N, T, V")
    if not len(x):
        raise ValueError(
            f"temporal_softmax_loss: x has shape {x.shape}; the mean needs at least one sequence"
        )
    y = _integers("temporal_softmax_loss", "y", y)
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(f"temporal_softmax_loss: mask has dtype {mask.dtype}; expected bool")
    for name, array in (("y", y), ("mask", mask)):
        if array.shape != x.shape[:2]:
            raise ValueError(f"temporal_softmax_loss: {name} has shape {array.shape}; expected {x.shape[:2]}")
    _check_range("temporal_softmax_loss", "y", y, x.shape[2])
    rows, labels = widen(x[mask]), y[mask]
    shifted = rows - rows.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    loss = as_result(losses.sum() / len(x), x.dtype)
    return loss, TemporalScoresCache(shifted, labels, mask, x.dtype)


@ieee
def temporal_softmax_loss_backward(dout: Any, cache: TemporalScoresCache) -> Array:
    """Compute dx = dout (softmax(x) - onehot(y)) / N; 0 where the mask leaves a word out.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : TemporalScoresCache
        From the forward pass.

    Returns
    -------
    dx : array (N, T, V)

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    shifted, y, mask, dtype = cache
    dout = upstream_scalar("temporal_softmax_loss", dout, dtype)
    slope = np.exp(shifted)
    slope /= slope.sum(axis=1, keepdims=True)
    slope[np.arange(len(y)), y] -= 1
    dx = np.zeros((*mask.shape, shifted.shape[1]), dtype)
    dx[mask] = slope * dout / len(mask)
    return dx


@ieee
def positional_encoding_forward(x: Array) -> tuple[Array, EncodingCache]:
    """Add sines at the even features and cosines at the odd ones, each pair slower than the one before.

    A. Vaswani et al., "Attention is all you need" (2017).

    Parameters
    ----------
    x : array (N, T, D)
        Input; an odd D ends with a sine.

    Returns
    -------
    out : array (N, T, D)
    cache : EncodingCache

    Raises
    ------
    TypeError
        If the dtype is not floating.
    ValueError
        If x does not have three axes.
    """
    x = floating("positional_encoding", "x", x, "N, T, D")
    out = widen(x) + _waves(*x.shape[1:]).astype(widen(x).real.dtype)
    return as_result(out, x.dtype), EncodingCache(x.shape, x.dtype)


@ieee
def positional_encoding_backward(dout: Array, cache: EncodingCache) -> Array:
    """Return a copy of dout.

    Parameters
    ----------
    dout : array (N, T, D)
        Gradient of the output.
    cache : EncodingCache
        From the forward pass.

    Returns
    -------
    dx : array (N, T, D)

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    return upstream("positional_encoding", dout, cache.shape, cache.dtype).copy()


def _waves(T: int, D: int) -> Array:
    """Return the table (T, D): the angle t 10000^(-2i/D), its sine and its cosine side by side."""
    even = np.arange(0, D, 2)
    angles = np.arange(T)[:, None] / np.power(10000.0, even / max(D, 1))
    table = np.empty((T, D))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : D // 2])
    return table


def _rows(x: Array) -> Array:
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def _integers(layer: str, name: str, value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}; expected integers")
    return array


def _check_range(layer: str, name: str, indices: Array, count: int) -> None:
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        raise ValueError(
            f"{layer}: {name} has indices from {indices.min()} to {indices.max()}; expected 0 to {count - 1}"
        )
