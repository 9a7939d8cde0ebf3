"""Losses: from a batch of scores or predictions to one number, a mean."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_axes, expect_shape, floating, number, ordered, quiet
from .arguments import scalar as _scalar


class SoftmaxLossCache(NamedTuple):
    """What `softmax_loss_backward` needs: the probability of each class, the labels, and which samples count."""

    probabilities: Array
    y: Array
    kept: Array


class SvmLossCache(NamedTuple):
    """What `svm_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array
    margin: float


class MseLossCache(NamedTuple):
    """What `mse_loss_backward` needs: the arguments of the forward pass."""

    x: Array
    y: Array


@quiet
def softmax_loss_forward(
    x: Array, y: Array, *, ignore_index: int | None = None
) -> tuple[Array, SoftmaxLossCache]:
    """Compute the mean cross-entropy of the softmax of the scores.

    ::

        p[n, c] = exp(x[n, c]) / sum_k exp(x[n, k])
        loss    = 1/N sum_n -log p[n, y[n]]

    Samples with the label `ignore_index` do not count, as for padding: not in the sum, and not in N.

    Shifting a row does not change p. So each row is shifted to a maximum of 0, and nothing overflows. The logarithm is
    taken of a sum that contains a 1, not of a probability, which may underflow to 0.

    Parameters
    ----------
    x : ndarray, shape (N, C)
        Scores.
    y : ndarray of int, shape (N,)
        Label of each sample, from 0 to C - 1.
    ignore_index : int, optional
        The label of samples that do not count; it need not be that of a class. By default all samples count.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : SoftmaxLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If x is not floating, or y not integer.
    ValueError
        If the shapes do not fit, a label is out of range, or no sample counts.

    """
    x = floating("softmax_loss", "x", x)
    y = _labels("softmax_loss", x, y, ignore_index)
    kept = np.array([label != ignore_index for label in y])
    N = int(kept.sum())
    probabilities = np.zeros(x.shape, x.dtype)
    losses = np.zeros(x.shape[0], x.dtype)
    for n in range(x.shape[0]):
        shifted = x[n] - np.max(x[n])
        total = np.sum(np.exp(shifted))
        probabilities[n] = np.exp(shifted) / total
        if kept[n]:
            losses[n] = np.log(total) - shifted[y[n]]
    loss = np.sum(losses) / N
    return np.asarray(loss), SoftmaxLossCache(probabilities, y, kept)


@quiet
def softmax_loss_backward(dout: float | Array, cache: SoftmaxLossCache) -> Array:
    """Compute ``dx[n, c] = dout / N (p[n, c] - [c = y[n]])``, the gradient of log sum_k exp(x_k) - x_y.

    It is 0 for samples that do not count.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : SoftmaxLossCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, C)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    probabilities, y, kept = cache
    dout = _scalar("softmax_loss", dout, probabilities.dtype)
    N = int(kept.sum())
    dx = probabilities.copy()
    for n in range(len(y)):
        if kept[n]:
            dx[n, y[n]] -= 1
        else:
            dx[n] = 0
    gradient: Array = dx * dout / N
    return gradient


@quiet
def svm_loss_forward(x: Array, y: Array, *, margin: float = 1.0) -> tuple[Array, SvmLossCache]:
    """Compute the mean multiclass hinge loss (Weston and Watkins 1999).

    ::

        loss = 1/N sum_n sum_{c != y[n]} max(0, x[n, c] - x[n, y[n]] + margin)

    Parameters
    ----------
    x : ndarray, shape (N, C)
        Scores of a real floating dtype.
    y : ndarray of int, shape (N,)
        Label of each sample, from 0 to C - 1.
    margin : float
        By how much the label's score must exceed the others.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : SvmLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If x is not of a real floating dtype, y not integer, or the margin not a number.
    ValueError
        If the shapes do not fit, a label is out of range, or the batch is empty.

    """
    x = ordered("svm_loss", "x", x)
    y = _labels("svm_loss", x, y)
    margin = number("svm_loss", "margin", margin)
    N, C = x.shape
    losses = np.zeros(N, x.dtype)
    for n, c in np.ndindex(N, C):
        if c != y[n]:
            excess = x[n, c] - x[n, y[n]] + margin
            losses[n] += np.maximum(excess, 0)
    loss = np.sum(losses) / N
    return np.asarray(loss), SvmLossCache(x, y, margin)


@quiet
def svm_loss_backward(dout: float | Array, cache: SvmLossCache) -> Array:
    """Compute the gradient of `svm_loss_forward`.

    Each class that violates the margin gets dout / N, and the label gets -dout / N for each of them. The slope at the
    kink is 0.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : SvmLossCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, C)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, y, margin = cache
    dout = _scalar("svm_loss", dout, x.dtype)
    N, C = x.shape
    dx = np.zeros((N, C), x.dtype)
    for n, c in np.ndindex(N, C):
        if c != y[n]:
            excess = x[n, c] - x[n, y[n]] + margin
            if excess > 0:
                dx[n, c] += 1
                dx[n, y[n]] -= 1
    gradient: Array = dx * dout / N
    return gradient


@quiet
def mse_loss_forward(x: Array, y: Array) -> tuple[Array, MseLossCache]:
    """Compute ``loss = 1/size sum (x - y)^2``, the mean over all entries.

    Parameters
    ----------
    x : ndarray
        Predictions of any shape.
    y : ndarray
        Targets, of the shape and dtype of x.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : MseLossCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or the two differ.
    ValueError
        If the shapes differ, or there is no entry.

    """
    x = floating("mse_loss", "x", x)
    y = floating("mse_loss", "y", y, x.dtype)
    expect_shape("mse_loss", "y", y, x.shape)
    if x.size == 0:
        raise ValueError(f"mse_loss: x has shape {x.shape}; expected at least one entry")
    difference = x - y
    loss = np.sum(difference * difference) / x.size
    return np.asarray(loss), MseLossCache(x, y)


@quiet
def mse_loss_backward(dout: float | Array, cache: MseLossCache) -> Array:
    """Compute ``dx = dout * 2 (x - y) / size``.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : MseLossCache
        From the forward pass.

    Returns
    -------
    ndarray
        Gradient of the shape of x.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, y = cache
    dout = _scalar("mse_loss", dout, x.dtype)
    dx = 2 * (x - y) * dout / x.size
    return np.asarray(dx, order="C")


def _labels(layer: str, x: Array, y: Any, ignored: int | None = None) -> Array:
    expect_axes(layer, "x", x, "N, C")
    N, C = x.shape
    if N == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; expected at least one sample")
    labels = np.asarray(y)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{layer}: y has dtype {labels.dtype}; expected integer labels")
    expect_shape(layer, "y", labels, (N,))
    used = labels if ignored is None else labels[labels != ignored]
    if used.size == 0:
        raise ValueError(
            f"{layer}: all {N} labels are {ignored}, which is ignored; expected at least one other"
        )
    if np.min(used) < 0 or np.max(used) >= C:
        found = f"{np.min(used)} to {np.max(used)}"
        raise ValueError(f"{layer}: y holds labels from {found}; expected 0 to {C - 1}")
    return labels
