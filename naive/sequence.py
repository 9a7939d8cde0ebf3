"""Layers of sequences: word embedding, affine and softmax loss at each time, positional encoding."""

import math
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_axes, expect_shape, floating, quiet, scalar, upstream


class WordEmbeddingCache(NamedTuple):
    """What `word_embedding_backward` needs: the indices, and the shape and dtype of the table."""

    x: Array
    shape: tuple[int, int]
    dtype: np.dtype[Any]


class TemporalAffineCache(NamedTuple):
    """What `temporal_affine_backward` needs: the arguments of the forward pass."""

    x: Array
    w: Array
    b: Array


class TemporalSoftmaxLossCache(NamedTuple):
    """What `temporal_softmax_loss_backward` needs: each word's probability, the labels, and which of them count."""

    probabilities: Array
    y: Array
    mask: Array


class PositionalEncodingCache(NamedTuple):
    """What `positional_encoding_backward` needs: the shape and dtype of the input."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@quiet
def word_embedding_forward(x: Array, W: Array) -> tuple[Array, WordEmbeddingCache]:
    """Look up the vector of each word: ``out[n, t] = W[x[n, t]]``.

    Parameters
    ----------
    x : ndarray of int, shape (N, T)
        Words, as indices from 0 to V - 1.
    W : ndarray, shape (V, D)
        The table: a vector for each word.

    Returns
    -------
    out : ndarray, shape (N, T, D)
        Output.
    cache : WordEmbeddingCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If W is not floating, or x not integer.
    ValueError
        If the shapes do not fit, or an index is out of range.

    """
    W = floating("word_embedding", "W", W)
    expect_axes("word_embedding", "W", W, "V, D")
    V, D = W.shape
    x = _indices("word_embedding", "x", x)
    expect_axes("word_embedding", "x", x, "N, T")
    _expect_range("word_embedding", "x", x, V)
    N, T = x.shape
    out = np.zeros((N, T, D), W.dtype)
    for n, t in np.ndindex(N, T):
        out[n, t] = W[x[n, t]]
    return out, WordEmbeddingCache(x, (V, D), W.dtype)


@quiet
def word_embedding_backward(dout: Array, cache: WordEmbeddingCache) -> Array:
    """Compute ``dW[v] = sum of dout[n, t] over all n, t with x[n, t] = v``: a word may occur often.

    Parameters
    ----------
    dout : ndarray, shape (N, T, D)
        Upstream gradient.
    cache : WordEmbeddingCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (V, D)
        Gradient of the table; indices have none.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    x, (V, D), dtype = cache
    N, T = x.shape
    dout = upstream("word_embedding", dout, (N, T, D), dtype)
    dW = np.zeros((V, D), dtype)
    for n, t in np.ndindex(N, T):
        dW[x[n, t]] += dout[n, t]
    return dW


@quiet
def temporal_affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, TemporalAffineCache]:
    """Compute ``out[n, t, m] = sum_d x[n, t, d] w[d, m] + b[m]``: the same affine layer at each time.

    Parameters
    ----------
    x : ndarray, shape (N, T, D)
        Input.
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,)
        Bias.

    Returns
    -------
    out : ndarray, shape (N, T, M)
        Output.
    cache : TemporalAffineCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of x.
    ValueError
        If the shapes do not fit.

    """
    x = floating("temporal_affine", "x", x)
    w = floating("temporal_affine", "w", w, x.dtype)
    b = floating("temporal_affine", "b", b, x.dtype)
    expect_axes("temporal_affine", "x", x, "N, T, D")
    expect_axes("temporal_affine", "w", w, "D, M")
    N, T, D = x.shape
    M = w.shape[1]
    expect_shape("temporal_affine", "w", w, (D, M))
    expect_shape("temporal_affine", "b", b, (M,))
    out = np.zeros((N, T, M), x.dtype)
    for n, t, m in np.ndindex(N, T, M):
        out[n, t, m] = np.sum(x[n, t] * w[:, m]) + b[m]
    return out, TemporalAffineCache(x, w, b)


@quiet
def temporal_affine_backward(dout: Array, cache: TemporalAffineCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `temporal_affine_forward`.

    All samples and all times share the weights and the bias::

        dx[n, t, d] = sum_m dout[n, t, m] w[d, m]
        dw[d, m]    = sum_n sum_t dout[n, t, m] x[n, t, d]
        db[m]       = sum_n sum_t dout[n, t, m]

    Parameters
    ----------
    dout : ndarray, shape (N, T, M)
        Upstream gradient.
    cache : TemporalAffineCache
        From the forward pass.

    Returns
    -------
    dx, dw, db : ndarray
        Of the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    x, w, b = cache
    N, T, D = x.shape
    M = b.shape[0]
    dout = upstream("temporal_affine", dout, (N, T, M), x.dtype)
    dx = np.zeros((N, T, D), x.dtype)
    dw = np.zeros((D, M), x.dtype)
    db = np.zeros(M, x.dtype)
    for n, t, m in np.ndindex(N, T, M):
        dx[n, t] += dout[n, t, m] * w[:, m]
        dw[:, m] += dout[n, t, m] * x[n, t]
        db[m] += dout[n, t, m]
    return dx, dw, db


@quiet
def temporal_softmax_loss_forward(x: Array, y: Array, mask: Array) -> tuple[Array, TemporalSoftmaxLossCache]:
    """Compute the cross-entropy of the words of each sequence, summed over the times and averaged over the batch.

    ::

        p[n, t, v] = exp(x[n, t, v]) / sum_k exp(x[n, t, k])
        loss       = 1/N sum_n sum_t mask[n, t] (-log p[n, t, y[n, t]])

    Times that the mask leaves out, as those behind the end of a sentence, do not count. The sum is divided by the
    number of sequences and not by that of the words, as in the course cs231n.

    Parameters
    ----------
    x : ndarray, shape (N, T, V)
        Scores of each word.
    y : ndarray of int, shape (N, T)
        The right words, from 0 to V - 1.
    mask : ndarray of bool, shape (N, T)
        Which of them count.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : TemporalSoftmaxLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If x is not floating, y not integer or mask not boolean.
    ValueError
        If the shapes do not fit, a label is out of range, or the batch is empty.

    """
    x = floating("temporal_softmax_loss", "x", x)
    expect_axes("temporal_softmax_loss", "x", x, "N, T, V")
    N, T, V = x.shape
    if N == 0:
        raise ValueError(f"temporal_softmax_loss: x has shape {x.shape}; expected at least one sequence")
    y = _indices("temporal_softmax_loss", "y", y)
    expect_shape("temporal_softmax_loss", "y", y, (N, T))
    _expect_range("temporal_softmax_loss", "y", y, V)
    mask = _flags("temporal_softmax_loss", mask)
    expect_shape("temporal_softmax_loss", "mask", mask, (N, T))
    probabilities = np.zeros(x.shape, x.dtype)
    losses = np.zeros((N, T), x.dtype)
    for n, t in np.ndindex(N, T):
        shifted = x[n, t] - np.max(x[n, t])
        total = np.sum(np.exp(shifted))
        probabilities[n, t] = np.exp(shifted) / total
        if mask[n, t]:
            losses[n, t] = np.log(total) - shifted[y[n, t]]
    loss = np.sum(losses) / N
    return np.asarray(loss), TemporalSoftmaxLossCache(probabilities, y, mask)


@quiet
def temporal_softmax_loss_backward(dout: float | Array, cache: TemporalSoftmaxLossCache) -> Array:
    """Compute ``dx[n, t, v] = dout / N mask[n, t] (p[n, t, v] - [v = y[n, t]])``.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : TemporalSoftmaxLossCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, T, V)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    probabilities, y, mask = cache
    dout = scalar("temporal_softmax_loss", dout, probabilities.dtype)
    N, T, _ = probabilities.shape
    dx = probabilities.copy()
    for n, t in np.ndindex(N, T):
        dx[n, t, y[n, t]] -= 1
        if not mask[n, t]:
            dx[n, t] = 0
    gradient: Array = dx * dout / N
    return gradient


@quiet
def positional_encoding_forward(x: Array) -> tuple[Array, PositionalEncodingCache]:
    """Add to each vector of a sequence a vector that says where it stands (Vaswani et al. 2017).

    ::

        out[n, t, 2i]     = x[n, t, 2i]     + sin(t / 10000^(2i / D))
        out[n, t, 2i + 1] = x[n, t, 2i + 1] + cos(t / 10000^(2i / D))

    Parameters
    ----------
    x : ndarray, shape (N, T, D)
        Input; an odd D ends with a sine.

    Returns
    -------
    out : ndarray, shape (N, T, D)
        Output.
    cache : PositionalEncodingCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If x is not floating.
    ValueError
        If x has not three axes.

    """
    x = floating("positional_encoding", "x", x)
    expect_axes("positional_encoding", "x", x, "N, T, D")
    N, T, D = x.shape
    out = np.zeros((N, T, D), x.dtype)
    for t, d in np.ndindex(T, D):
        i = d // 2
        angle = t / 10000 ** (2 * i / D)
        code = math.sin(angle) if d % 2 == 0 else math.cos(angle)
        for n in range(N):
            out[n, t, d] = x[n, t, d] + code
    return out, PositionalEncodingCache(x.shape, x.dtype)


@quiet
def positional_encoding_backward(dout: Array, cache: PositionalEncodingCache) -> Array:
    """Return dout: what is added does not depend on the input.

    Parameters
    ----------
    dout : ndarray, shape (N, T, D)
        Upstream gradient.
    cache : PositionalEncodingCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, T, D)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    dout = upstream("positional_encoding", dout, cache.shape, cache.dtype)
    return np.array(dout, order="C")


def _indices(layer: str, name: str, value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}; expected an integer dtype")
    return array


def _expect_range(layer: str, name: str, indices: Array, count: int) -> None:
    if indices.size and (np.min(indices) < 0 or np.max(indices) >= count):
        found = f"{np.min(indices)} to {np.max(indices)}"
        raise ValueError(f"{layer}: {name} holds indices from {found}; expected 0 to {count - 1}")


def _flags(layer: str, mask: Any) -> Array:
    array = np.asarray(mask)
    if array.dtype.kind != "b":
        raise TypeError(f"{layer}: mask has dtype {array.dtype}; expected bool")
    return array
