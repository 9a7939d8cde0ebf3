"""Attention: a mean of values, weighted by how well their keys fit a query; with one head and with several."""

import math
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, expect_axes, expect_shape, floating, integer, quiet, upstream


class AttentionCache(NamedTuple):
    """What `scaled_dot_product_attention_backward` needs: the arguments, and the weight of each key for each query."""

    q: Array
    k: Array
    v: Array
    weights: Array


class MultiHeadAttentionCache(NamedTuple):
    """What `multi_head_attention_backward` needs: the arguments, what each head attended to, and the heads' outputs."""

    query: Array
    key: Array
    value: Array
    Wq: Array
    Wk: Array
    Wv: Array
    Wo: Array
    attention: AttentionCache
    merged: Array


@quiet
def scaled_dot_product_attention_forward(
    q: Array, k: Array, v: Array, mask: Array | None = None, *, causal: bool = False
) -> tuple[Array, AttentionCache]:
    """Compute for each query the mean of the values, weighted by the softmax of its products with the keys.

    ::

        score[s, t]  = sum_d q[s, d] k[t, d] / sqrt(D)
        weight[s, t] = exp(score[s, t]) / sum_u exp(score[s, u])
        out[s, e]    = sum_t weight[s, t] v[t, e]

    Keys that the mask leaves out have no weight, and are not in the sum over u. With `causal`, a query sees the keys at
    its own place and before: t <= s. What a query gets that sees no key is a mean of nothing, NaN.

    Parameters
    ----------
    q : ndarray, shape (N, S, D) or (N, H, S, D)
        Queries, for each sample and each head.
    k : ndarray, shape (N, T, D) or (N, H, T, D)
        Keys.
    v : ndarray, shape (N, T, E) or (N, H, T, E)
        Values.
    mask : ndarray of bool, optional
        Which keys each query sees: a shape that broadcasts to (N, S, T) or (N, H, S, T), such as (S, T).
    causal : bool
        Whether no query sees what comes after it.

    Returns
    -------
    out : ndarray, shape (N, S, E) or (N, H, S, E)
        Output.
    cache : AttentionCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If q, k or v is not floating, their dtypes differ, or mask is not boolean.
    ValueError
        If the shapes do not fit, or there is no key.

    """
    layer = "scaled_dot_product_attention"
    q, k, v = _sequences(layer, q, k, v)
    S, D = q.shape[-2:]
    T, E = v.shape[-2:]
    lead = q.shape[:-2]
    seen = _seen(layer, mask, (*lead, S, T), causal)
    weights = np.zeros((*lead, S, T), q.dtype)
    out = np.zeros((*lead, S, E), q.dtype)
    for at in np.ndindex(lead):
        for s in range(S):
            keys = [t for t in range(T) if seen[at][s, t]]
            if not keys:
                weights[at][s] = out[at][s] = np.nan
                continue
            scores = np.array([np.sum(q[at][s] * k[at][t]) for t in keys]) / q.dtype.type(math.sqrt(D))
            shifted = np.exp(scores - np.max(scores))
            weights[at][s, keys] = shifted / np.sum(shifted)
            for t in keys:
                out[at][s] += weights[at][s, t] * v[at][t]
    return out, AttentionCache(q, k, v, weights)


@quiet
def scaled_dot_product_attention_backward(dout: Array, cache: AttentionCache) -> tuple[Array, Array, Array]:
    """Compute the gradients of `scaled_dot_product_attention_forward`.

    A weight changes with all scores of its query, because the weights of a query add up to 1::

        dweight[s, t] = sum_e dout[s, e] v[t, e]
        dscore[s, t]  = weight[s, t] (dweight[s, t] - sum_u weight[s, u] dweight[s, u])
        dq[s, d]      = sum_t dscore[s, t] k[t, d] / sqrt(D)
        dk[t, d]      = sum_s dscore[s, t] q[s, d] / sqrt(D)
        dv[t, e]      = sum_s weight[s, t] dout[s, e]

    Parameters
    ----------
    dout : ndarray, shape (N, S, E) or (N, H, S, E)
        Upstream gradient.
    cache : AttentionCache
        From the forward pass.

    Returns
    -------
    dq, dk, dv : ndarray
        Of the shapes of q, k and v.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    q, k, v, weights = cache
    S, D = q.shape[-2:]
    T, E = v.shape[-2:]
    lead = q.shape[:-2]
    dout = upstream("scaled_dot_product_attention", dout, (*lead, S, E), q.dtype)
    scale = 1 / q.dtype.type(math.sqrt(D))
    dq = np.zeros(q.shape, q.dtype)
    dk = np.zeros(k.shape, q.dtype)
    dv = np.zeros(v.shape, q.dtype)
    for at in np.ndindex(lead):
        for s in range(S):
            dweights = np.array([np.sum(dout[at][s] * v[at][t]) for t in range(T)])
            mean = np.sum(weights[at][s] * dweights)
            for t in range(T):
                dscore = weights[at][s, t] * (dweights[t] - mean)
                dq[at][s] += dscore * k[at][t] * scale
                dk[at][t] += dscore * q[at][s] * scale
                dv[at][t] += weights[at][s, t] * dout[at][s]
    return dq, dk, dv


@quiet
def multi_head_attention_forward(
    query: Array,
    key: Array,
    value: Array,
    Wq: Array,
    bq: Array,
    Wk: Array,
    bk: Array,
    Wv: Array,
    bv: Array,
    Wo: Array,
    bo: Array,
    mask: Array | None = None,
    *,
    heads: int = 1,
    causal: bool = False,
) -> tuple[Array, MultiHeadAttentionCache]:
    """Attend with several heads, each to a projection of its own, and project what they see (Vaswani et al. 2017).

    ::

        Q, K, V = query Wq + bq, key Wk + bk, value Wv + bv
        head h  = attention of the columns h D to (h + 1) D of Q, K and V, with D = E / heads
        out     = [head 0, head 1, ...] Wo + bo

    Parameters
    ----------
    query : ndarray, shape (N, S, E)
        What looks.
    key, value : ndarray, shape (N, T, E)
        What is looked at, and what is seen there.
    Wq, Wk, Wv, Wo : ndarray, shape (E, E)
        Weights of the projections.
    bq, bk, bv, bo : ndarray, shape (E,)
        Their biases.
    mask : ndarray of bool, optional
        Which keys each query sees: a shape that broadcasts to (N, heads, S, T), such as (S, T).
    heads : int
        Number of heads; it divides E.
    causal : bool
        Whether no query sees what comes after it.

    Returns
    -------
    out : ndarray, shape (N, S, E)
        Output.
    cache : MultiHeadAttentionCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating, or differs from that of query, or mask is not boolean.
    ValueError
        If the shapes do not fit, the heads do not divide E, or there is no key.

    """
    layer = "multi_head_attention"
    query = floating(layer, "query", query)
    expect_axes(layer, "query", query, "N, S, E")
    N, _, E = query.shape
    key = floating(layer, "key", key, query.dtype, of="query")
    expect_axes(layer, "key", key, "N, T, E")
    T = key.shape[1]
    _expect_keys(layer, "key", key)
    expect_shape(layer, "key", key, (N, T, E))
    value = floating(layer, "value", value, query.dtype, of="query")
    expect_shape(layer, "value", value, (N, T, E))
    named = {"Wq": Wq, "bq": bq, "Wk": Wk, "bk": bk, "Wv": Wv, "bv": bv, "Wo": Wo, "bo": bo}
    for name, values in named.items():
        named[name] = floating(layer, name, values, query.dtype, of="query")
        expect_shape(layer, name, named[name], (E, E) if name.startswith("W") else (E,))
    Wq, bq, Wk, bk, Wv, bv, Wo, bo = named.values()
    heads = integer(layer, "heads", heads, 1)
    if E % heads:
        raise ValueError(f"{layer}: query has shape {query.shape}; {heads} heads do not divide {E} features")
    q = _split(_projected(query, Wq, bq), heads)
    k = _split(_projected(key, Wk, bk), heads)
    v = _split(_projected(value, Wv, bv), heads)
    seen = _seen(layer, mask, (*q.shape[:3], T), causal)
    attended, attention = scaled_dot_product_attention_forward(q, k, v, seen)
    merged = _merge(attended)
    out = _projected(merged, Wo, bo)
    return out, MultiHeadAttentionCache(query, key, value, Wq, Wk, Wv, Wo, attention, merged)


@quiet
def multi_head_attention_backward(dout: Array, cache: MultiHeadAttentionCache) -> tuple[Array, ...]:
    """Compute the gradients of `multi_head_attention_forward`, from the last projection to the first ones.

    Parameters
    ----------
    dout : ndarray, shape (N, S, E)
        Upstream gradient.
    cache : MultiHeadAttentionCache
        From the forward pass.

    Returns
    -------
    dquery, dkey, dvalue, dWq, dbq, dWk, dbk, dWv, dbv, dWo, dbo : ndarray
        Of the shapes of the arguments, in their order.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    query, key, value, Wq, Wk, Wv, Wo, attention, merged = cache
    heads = attention.q.shape[1]
    dout = upstream("multi_head_attention", dout, query.shape, query.dtype)
    dmerged, dWo, dbo = _projected_back(dout, merged, Wo)
    dq, dk, dv = scaled_dot_product_attention_backward(_split(dmerged, heads), attention)
    dquery, dWq, dbq = _projected_back(_merge(dq), query, Wq)
    dkey, dWk, dbk = _projected_back(_merge(dk), key, Wk)
    dvalue, dWv, dbv = _projected_back(_merge(dv), value, Wv)
    return dquery, dkey, dvalue, dWq, dbq, dWk, dbk, dWv, dbv, dWo, dbo


def _projected(x: Array, W: Array, b: Array) -> Array:
    """Return x W + b, row by row."""
    N, T, _ = x.shape
    out = np.zeros((N, T, len(b)), x.dtype)
    for n, t, e in np.ndindex(out.shape):
        out[n, t, e] = np.sum(x[n, t] * W[:, e]) + b[e]
    return out


def _projected_back(dout: Array, x: Array, W: Array) -> tuple[Array, Array, Array]:
    """Return the gradients of x, W and b."""
    dx = np.zeros(x.shape, x.dtype)
    dW = np.zeros(W.shape, x.dtype)
    db = np.zeros(W.shape[1], x.dtype)
    for n, t, e in np.ndindex(dout.shape):
        dx[n, t] += dout[n, t, e] * W[:, e]
        dW[:, e] += dout[n, t, e] * x[n, t]
        db[e] += dout[n, t, e]
    return dx, dW, db


def _split(x: Array, heads: int) -> Array:
    """Return (N, T, E) as (N, heads, T, D): head h has the columns h D to (h + 1) D."""
    N, T, E = x.shape
    D = E // heads
    out = np.zeros((N, heads, T, D), x.dtype)
    for h in range(heads):
        out[:, h] = x[:, :, h * D : (h + 1) * D]
    return out


def _merge(x: Array) -> Array:
    """Return (N, heads, T, D) as (N, T, E): the columns of the heads one after the other."""
    N, heads, T, D = x.shape
    out = np.zeros((N, T, heads * D), x.dtype)
    for h in range(heads):
        out[:, :, h * D : (h + 1) * D] = x[:, h]
    return out


def _sequences(layer: str, q: Any, k: Any, v: Any) -> tuple[Array, Array, Array]:
    q = floating(layer, "q", q)
    if q.ndim not in (3, 4):
        raise ValueError(f"{layer}: q has shape {q.shape}; expected (N, S, D) or (N, H, S, D)")
    k = floating(layer, "k", k, q.dtype, of="q")
    v = floating(layer, "v", v, q.dtype, of="q")
    axes = "N, T, D" if q.ndim == 3 else "N, H, T, D"
    expect_axes(layer, "k", k, axes)
    expect_axes(layer, "v", v, axes.replace("D", "E"))
    T = k.shape[-2]
    _expect_keys(layer, "k", k)
    expect_shape(layer, "k", k, (*q.shape[:-2], T, q.shape[-1]))
    expect_shape(layer, "v", v, (*q.shape[:-2], T, v.shape[-1]))
    return q, k, v


def _expect_keys(layer: str, name: str, keys: Array) -> None:
    if keys.shape[-2] == 0:
        raise ValueError(f"{layer}: {name} has shape {keys.shape}; expected at least one key")


def _seen(layer: str, mask: Any, shape: tuple[int, ...], causal: bool) -> Array:
    """Return which key each query sees."""
    seen = np.ones(shape, dtype=bool)
    if mask is not None:
        allowed = np.asarray(mask)
        if allowed.dtype.kind != "b":
            raise TypeError(f"{layer}: mask has dtype {allowed.dtype}; expected bool")
        try:
            seen[...] = allowed
        except ValueError:
            raise ValueError(
                f"{layer}: mask has shape {allowed.shape}; expected one that broadcasts to {shape}"
            ) from None
    if causal:
        for s, t in np.ndindex(shape[-2:]):
            if t > s:
                seen[..., s, t] = False
    return seen
