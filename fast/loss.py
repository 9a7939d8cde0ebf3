"""Losses: each is a mean that divides by the number of terms last, so that sums of integers stay exact."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import (
    Array,
    as_result,
    floating,
    ieee,
    number,
    ordered,
    shaped,
    upstream_scalar,
    wide,
    widen,
)
from .engine.pieces import in_pieces


class ScoresCache(NamedTuple):
    """Scores shifted by the maximum of each row, and the labels: of the rows `kept`, where some are ignored."""

    shifted: Array
    y: Array
    dtype: np.dtype[Any]
    kept: Array | None = None


class SvmCache(NamedTuple):
    """The mask of violated margins, and the labels."""

    violated: Array
    y: Array
    dtype: np.dtype[Any]


class DifferenceCache(NamedTuple):
    """The differences x - y."""

    difference: Array
    dtype: np.dtype[Any]


@ieee
def softmax_loss_forward(x: Array, y: Array, *, ignore_index: int | None = None) -> tuple[Array, ScoresCache]:
    """Compute the mean cross-entropy, loss = mean(log(sum_j exp(x_j)) - x_y).

    Subtracting the row's maximum from every score leaves the loss as it is and keeps exp from overflowing.

    Parameters
    ----------
    x : array (N, C)
        Scores.
    y : integer array (N,)
        Labels, 0 <= y < C.
    ignore_index : int, optional
        Rows with this label, which may be any integer, are left out of the mean, as in PyTorch.

    Returns
    -------
    loss : array ()
    cache : ScoresCache

    Raises
    ------
    TypeError
        If the dtype of x is not floating or that of y not an integer.
    ValueError
        If no row is left for the mean, the shapes do not fit or a label is out of range.
    """
    x = floating("softmax_loss", "x", x, "N, C")
    y, kept = _kept_labels("softmax_loss", y, x, ignore_index)
    rows = x if kept is None else x[kept]
    shifted = np.empty(rows.shape, wide(x.dtype))
    losses = np.empty(len(y), shifted.dtype)

    def work(some: slice) -> None:
        scores, target = widen(rows[some]), shifted[some]
        np.subtract(scores, scores.max(axis=1, keepdims=True), out=target)
        losses[some] = np.log(np.exp(target).sum(axis=1)) - target[np.arange(len(target)), y[some]]

    in_pieces(work, len(y), shifted.nbytes)
    return as_result(losses.sum() / len(y), x.dtype), ScoresCache(shifted, y, x.dtype, kept)


@ieee
def softmax_loss_backward(dout: Any, cache: ScoresCache) -> Array:
    """Compute dx = dout (softmax(x) - onehot(y)) / N; 0 in the rows that are left out.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : ScoresCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C)

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    shifted, y, dtype, kept = cache
    dout = upstream_scalar("softmax_loss", dout, dtype)
    dx = np.empty(shifted.shape, dtype)

    def work(some: slice) -> None:
        slope = np.exp(shifted[some])
        slope /= slope.sum(axis=1, keepdims=True)
        slope[np.arange(len(slope)), y[some]] -= 1
        slope *= dout
        np.divide(slope, len(y), out=dx[some], casting="same_kind")

    in_pieces(work, len(y), shifted.nbytes)
    if kept is None:
        return dx
    whole = np.zeros((len(kept), dx.shape[1]), dtype)
    whole[kept] = dx
    return whole


@ieee
def svm_loss_forward(x: Array, y: Array, *, margin: float = 1.0) -> tuple[Array, SvmCache]:
    """Compute the multiclass hinge loss, the batch's mean of sum_{j != y} max(0, x_j - x_y + margin).

    J. Weston and C. Watkins, "Multi-class support vector machines" (1998), as in the course cs231n.

    Parameters
    ----------
    x : array (N, C)
        Scores, real.
    y : integer array (N,)
        Labels, 0 <= y < C.
    margin : float
        By how much the label's score must exceed the others.

    Returns
    -------
    loss : array ()
    cache : SvmCache

    Raises
    ------
    TypeError
        If the dtype of x is not real floating or that of y not an integer.
    ValueError
        If the batch is empty, the shapes do not fit or a label is out of range.
    """
    x = ordered("svm_loss", "x", x, "N, C")
    y = _labels("svm_loss", y, x)
    margin = number("svm_loss", "margin", margin)
    scores, rows = widen(x), np.arange(len(y))
    # np.maximum, unlike a comparison, keeps NaN.
    excess = np.maximum(scores - scores[rows, y][:, None] + margin, 0)
    excess[rows, y] = 0
    return as_result(excess.sum() / len(y), x.dtype), SvmCache(excess > 0, y, x.dtype)


@ieee
def svm_loss_backward(dout: Any, cache: SvmCache) -> Array:
    """Compute dx: dout / N for each violated margin, minus their sum for the label's score; 0 at the kink.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : SvmCache
        From the forward pass.

    Returns
    -------
    dx : array (N, C)

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    violated, y, dtype = cache
    dout = widen(upstream_scalar("svm_loss", dout, dtype))
    dx = violated.astype(dout.dtype)
    dx[np.arange(len(y)), y] = -dx.sum(axis=1)
    return as_result(dx * dout / len(y), dtype)


@ieee
def mse_loss_forward(x: Array, y: Array) -> tuple[Array, DifferenceCache]:
    """Compute the mean squared error over all entries, loss = mean((x - y)^2).

    Parameters
    ----------
    x : array, any shape
        Predictions.
    y : array of x's shape and dtype
        Targets.

    Returns
    -------
    loss : array ()
    cache : DifferenceCache

    Raises
    ------
    TypeError
        If a dtype is not floating, or the dtypes differ.
    ValueError
        If the shapes differ or x is empty.
    """
    x = floating("mse_loss", "x", x)
    y = shaped("mse_loss", "y", y, x, x.shape)
    _refuse_empty("mse_loss", x)
    difference = widen(x) - y
    return as_result((difference * difference).sum() / x.size, x.dtype), DifferenceCache(difference, x.dtype)


@ieee
def mse_loss_backward(dout: Any, cache: DifferenceCache) -> Array:
    """Compute dx = 2 dout (x - y) / size.

    Parameters
    ----------
    dout : float or array ()
        Gradient of the loss.
    cache : DifferenceCache
        From the forward pass.

    Returns
    -------
    dx : array of x's shape

    Raises
    ------
    TypeError, ValueError
        If `dout` is not a scalar, or not of x's dtype.
    """
    difference, dtype = cache
    dout = upstream_scalar("mse_loss", dout, dtype)
    return as_result(2 * difference * dout / difference.size, dtype)


def _refuse_empty(layer: str, x: Array) -> None:
    if x.size == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; the mean needs at least one value")


def _labels(layer: str, labels: Any, x: Array) -> Array:
    return _in_range(layer, _integers(layer, labels, x), x)


def _kept_labels(layer: str, labels: Any, x: Array, ignored: int | None) -> tuple[Array, Array | None]:
    """Return the labels that are not ignored, and where they are: None for everywhere."""
    y = _integers(layer, labels, x)
    kept = None if ignored is None else np.asarray(y != ignored)
    if kept is None or kept.all():
        return _in_range(layer, y, x), None
    if not kept.any():
        raise ValueError(
            f"{layer}: every label is {ignored}, the ignored one; the mean needs at least one other"
        )
    return _in_range(layer, y[kept], x), kept


def _integers(layer: str, labels: Any, x: Array) -> Array:
    _refuse_empty(layer, x)
    y = np.asarray(labels)
    if y.dtype.kind not in "iu":
        raise TypeError(f"{layer}: y has dtype {y.dtype}; expected integer labels")
    if y.shape != x.shape[:1]:
        raise ValueError(f"{layer}: y has shape {y.shape}; expected {x.shape[:1]}")
    return y


def _in_range(layer: str, y: Array, x: Array) -> Array:
    if y.min() < 0 or y.max() >= x.shape[1]:
        raise ValueError(f"{layer}: y has labels from {y.min()} to {y.max()}; expected 0 to {x.shape[1] - 1}")
    return y
