"""A linear classifier and its loss in one: the mean over the batch, plus the squares of the weights."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, matching, number, upstream_scalar, widen


class ScoresCache(NamedTuple):
    """The samples, the weights, and N times the derivative of the mean by the scores; all in wide precision."""

    x: Array
    w: Array
    slope: Array
    reg: float
    dtype: np.dtype[Any]


@ieee
def linear_softmax_loss_forward(
    x: Array, w: Array, y: Array, *, reg: float = 0.0
) -> tuple[Array, ScoresCache]:
    """Compute mean(log(sum_c exp(s_c)) - s_y) + reg sum(w^2), where s = x w.

    Parameters
    ----------
    x : array (N, D)
        Samples.
    w : array (D, C) of x's dtype
        Weights.
    y : integer array (N,)
        Labels, 0 <= y < C.
    reg : float
        What the sum of the squared weights is multiplied by.

    Returns
    -------
    loss : array ()
    cache : ScoresCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, that of y is not an integer, or reg is not a number.
    ValueError
        If the batch is empty, the shapes do not fit or a label is out of range.
    """
    x, w, y, reg = _checked("linear_softmax_loss", x, w, y, reg)
    wide_x, wide_w, rows = widen(x), widen(w), np.arange(len(x))
    shifted = wide_x @ wide_w
    shifted -= shifted.max(axis=1, keepdims=True)
    slope = np.exp(shifted)
    sums = slope.sum(axis=1)
    losses = np.log(sums) - shifted[rows, y]
    slope /= sums[:, None]
    slope[rows, y] -= 1
    return _result(losses, wide_x, wide_w, slope, reg, x.dtype)


@ieee
def linear_softmax_loss_backward(dout: Any, cache: ScoresCache) -> tuple[Array, Array]:
    """Compute dx = ds w^T and dw = x^T ds + 2 dout reg w, where ds = dout (softmax(s) - onehot(y)) / N.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : ScoresCache
        From the forward pass.

    Returns
    -------
    dx : array (N, D)
    dw : array (D, C)

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    return _gradients("linear_softmax_loss", dout, cache)


@ieee
def linear_svm_loss_forward(x: Array, w: Array, y: Array, *, reg: float = 0.0) -> tuple[Array, ScoresCache]:
    """Compute mean(sum_{c != y} max(0, s_c - s_y + 1)) + reg sum(w^2), where s = x w.

    Parameters
    ----------
    x : array (N, D)
        Samples.
    w : array (D, C) of x's dtype
        Weights.
    y : integer array (N,)
        Labels, 0 <= y < C.
    reg : float
        What the sum of the squared weights is multiplied by.

    Returns
    -------
    loss : array ()
    cache : ScoresCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, that of y is not an integer, or reg is not a number.
    ValueError
        If the batch is empty, the shapes do not fit or a label is out of range.
    """
    x, w, y, reg = _checked("linear_svm_loss", x, w, y, reg)
    wide_x, wide_w, rows = widen(x), widen(w), np.arange(len(x))
    scores = wide_x @ wide_w
    excess = scores - scores[rows, y][:, None] + 1
    excess[rows, y] = 0
    excess[excess.real <= 0] = 0
    slope = (excess.real > 0).astype(excess.dtype)
    slope[rows, y] = -slope.sum(axis=1)
    return _result(excess.sum(axis=1), wide_x, wide_w, slope, reg, x.dtype)


@ieee
def linear_svm_loss_backward(dout: Any, cache: ScoresCache) -> tuple[Array, Array]:
    """Compute dx = ds w^T and dw = x^T ds + 2 dout reg w, where ds counts violated margins, times dout / N.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : ScoresCache
        From the forward pass.

    Returns
    -------
    dx : array (N, D)
    dw : array (D, C)

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    return _gradients("linear_svm_loss", dout, cache)


def _result(
    losses: Array, x: Array, w: Array, slope: Array, reg: float, dtype: np.dtype[Any]
) -> tuple[Array, ScoresCache]:
    penalty = reg * (w * w).sum()
    return as_result(losses.sum() / len(x) + penalty, dtype), ScoresCache(x, w, slope, reg, dtype)


def _gradients(layer: str, dout: Any, cache: ScoresCache) -> tuple[Array, Array]:
    x, w, slope, reg, dtype = cache
    dout = widen(upstream_scalar(layer, dout, dtype))
    dx = slope @ w.T * dout / len(x)
    dw = x.T @ slope / len(x) + 2 * reg * w
    return as_result(dx, dtype), as_result(dw * dout, dtype)


def _checked(layer: str, x: Any, w: Any, y: Any, reg: Any) -> tuple[Array, Array, Array, float]:
    """Return the arguments of a forward as arrays and a float."""
    x = floating(layer, "x", x, "N, D")
    w = matching(layer, "w", w, x, "D, C")
    if len(w) != x.shape[1]:
        raise ValueError(f"{layer}: w has shape {w.shape}; expected {(x.shape[1], w.shape[1])}")
    labels = np.asarray(y)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{layer}: y has dtype {labels.dtype}; expected integer labels")
    if len(x) == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; the mean needs at least one value")
    if labels.shape != x.shape[:1]:
        raise ValueError(f"{layer}: y has shape {labels.shape}; expected {x.shape[:1]}")
    if labels.min() < 0 or labels.max() >= w.shape[1]:
        found = f"{labels.min()} to {labels.max()}"
        raise ValueError(f"{layer}: y has labels from {found}; expected 0 to {w.shape[1] - 1}")
    return x, w, labels, number(layer, "reg", reg)
