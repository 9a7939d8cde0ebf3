"""Linear classifiers with their regularised losses: scores, a mean over the batch, and the squares of the weights."""

from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_axes, expect_shape, floating, number, quiet
from .targets import scalar

MARGIN = 1
"""By how much the label's score must exceed the others."""


class LinearCache(NamedTuple):
    """The arguments of the forward pass."""

    x: Array
    w: Array
    y: Array
    reg: float


@quiet
def linear_softmax_loss_forward(
    x: Array, w: Array, y: Array, *, reg: float = 0.0
) -> tuple[Array, LinearCache]:
    """Compute the regularised mean cross-entropy of a linear classifier, as in assignment 1 of the course cs231n.

    ::

        s[n, c] = sum_d x[n, d] w[d, c]
        p[n, c] = exp(s[n, c]) / sum_k exp(s[n, k])
        loss    = 1/N sum_n -log p[n, y[n]] + reg sum_dc w[d, c]^2

    Each row of s is shifted to a maximum of 0, which does not change p, so that nothing overflows.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        Samples.
    w : ndarray, shape (D, C)
        Weights, of the dtype of x.
    y : ndarray of int, shape (N,)
        Label of each sample, from 0 to C - 1.
    reg : float
        Strength of the regularisation.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : LinearCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, the two differ, y is not integer, or reg is not a number.
    ValueError
        If the shapes do not fit, a label is out of range, or the batch is empty.

    """
    x, w, y, reg = _arguments("linear_softmax_loss", x, w, y, reg)
    N = x.shape[0]
    total = np.zeros((), x.dtype)
    for n in range(N):
        s = x[n] @ w
        s = s - np.max(s)
        total += np.log(np.sum(np.exp(s))) - s[y[n]]
    loss = total / N + reg * np.sum(w * w)
    return np.asarray(loss), LinearCache(x, w, y, reg)


@quiet
def linear_softmax_loss_backward(dout: float | Array, cache: LinearCache) -> tuple[Array, Array]:
    """Compute the gradients of `linear_softmax_loss_forward`.

    ::

        ds[n, c] = dout / N (p[n, c] - [c = y[n]])
        dx[n]    = sum_c ds[n, c] w[:, c]
        dw[:, c] = sum_n ds[n, c] x[n] + 2 dout reg w[:, c]

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : LinearCache
        From the forward pass.

    Returns
    -------
    dx, dw : ndarray
        Gradients of the shapes of x and w.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, w, y, reg = cache
    dout = scalar("linear_softmax_loss", dout, x.dtype)
    N, C = x.shape[0], w.shape[1]
    dx, dw = np.zeros(x.shape, x.dtype), np.zeros(w.shape, w.dtype)
    for n in range(N):
        s = x[n] @ w
        p = np.exp(s - np.max(s))
        p /= np.sum(p)
        for c in range(C):
            ds = p[c] - 1 if c == y[n] else p[c]
            dx[n] += ds * w[:, c]
            dw[:, c] += ds * x[n]
    dw = dw / N + 2 * reg * w
    return np.asarray(dx * dout / N), np.asarray(dw * dout, order="C")


@quiet
def linear_svm_loss_forward(x: Array, w: Array, y: Array, *, reg: float = 0.0) -> tuple[Array, LinearCache]:
    """Compute the regularised mean hinge loss of a linear classifier, as in assignment 1 of the course cs231n.

    ::

        s[n, c] = sum_d x[n, d] w[d, c]
        loss    = 1/N sum_n sum_{c != y[n]} max(0, s[n, c] - s[n, y[n]] + 1) + reg sum_dc w[d, c]^2

    (Complex numbers are compared by their real parts.)

    Parameters
    ----------
    x : ndarray, shape (N, D)
        Samples.
    w : ndarray, shape (D, C)
        Weights, of the dtype of x.
    y : ndarray of int, shape (N,)
        Label of each sample, from 0 to C - 1.
    reg : float
        Strength of the regularisation.

    Returns
    -------
    loss : ndarray, shape ()
        The loss, of the dtype of x.
    cache : LinearCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, the two differ, y is not integer, or reg is not a number.
    ValueError
        If the shapes do not fit, a label is out of range, or the batch is empty.

    """
    x, w, y, reg = _arguments("linear_svm_loss", x, w, y, reg)
    N, C = x.shape[0], w.shape[1]
    total = np.zeros((), x.dtype)
    for n in range(N):
        s = x[n] @ w
        for c in range(C):
            excess = s[c] - s[y[n]] + MARGIN
            if c != y[n] and not excess.real <= 0:
                total += excess
    loss = total / N + reg * np.sum(w * w)
    return np.asarray(loss), LinearCache(x, w, y, reg)


@quiet
def linear_svm_loss_backward(dout: float | Array, cache: LinearCache) -> tuple[Array, Array]:
    """Compute the gradients of `linear_svm_loss_forward`.

    For each class that comes too close to the label its column of dw gets the sample, and the label's column minus the
    sample; the slope at the kink is 0. The regularisation adds ``2 dout reg w``.

    Parameters
    ----------
    dout : float or ndarray of shape ()
        Upstream gradient.
    cache : LinearCache
        From the forward pass.

    Returns
    -------
    dx, dw : ndarray
        Gradients of the shapes of x and w.

    Raises
    ------
    TypeError, ValueError
        If dout is not a scalar of the dtype of x.

    """
    x, w, y, reg = cache
    dout = scalar("linear_svm_loss", dout, x.dtype)
    N, C = x.shape[0], w.shape[1]
    dx, dw = np.zeros(x.shape, x.dtype), np.zeros(w.shape, w.dtype)
    for n in range(N):
        s = x[n] @ w
        for c in range(C):
            excess = s[c] - s[y[n]] + MARGIN
            if c != y[n] and excess.real > 0:
                dx[n] += w[:, c] - w[:, y[n]]
                dw[:, c] += x[n]
                dw[:, y[n]] -= x[n]
    dw = dw / N + 2 * reg * w
    return np.asarray(dx * dout / N), np.asarray(dw * dout, order="C")


def _arguments(layer: str, x: Any, w: Any, y: Any, reg: Any) -> tuple[Array, Array, Array, float]:
    """Return the arguments of a forward, checked."""
    x = np.ascontiguousarray(floating(layer, "x", x))
    expect_axes(layer, "x", x, "N, D")
    w = np.ascontiguousarray(floating(layer, "w", w, x.dtype))
    expect_axes(layer, "w", w, "D, C")
    expect_shape(layer, "w", w, (x.shape[1], w.shape[1]))
    labels = np.asarray(y)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{layer}: y has dtype {labels.dtype}; expected integer labels")
    if x.shape[0] == 0:
        raise ValueError(f"{layer}: x has shape {x.shape}; expected at least one sample")
    expect_shape(layer, "y", labels, x.shape[:1])
    if np.min(labels) < 0 or np.max(labels) >= w.shape[1]:
        found = f"{np.min(labels)} to {np.max(labels)}"
        raise ValueError(f"{layer}: y holds labels from {found}; expected 0 to {w.shape[1] - 1}")
    return x, w, labels, number(layer, "reg", reg)
