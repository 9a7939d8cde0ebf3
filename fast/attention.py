"""Scaled dot-product attention and multi-head attention, as products of matrices over all samples and heads."""

from math import prod, sqrt
from typing import Any, NamedTuple

import numpy as np

from .arguments import Array, as_result, floating, ieee, integer, matching, upstream


class SoftAttentionCache(NamedTuple):
    """The tensors, widened, the weights, and the dtype of the results."""

    q: Array
    k: Array
    v: Array
    weights: Array
    dtype: np.dtype[Any]


class HeadsCache(NamedTuple):
    """The inputs and weights of the projections by their letters, the heads, and what they gave."""

    inputs: dict[str, Array]
    weights: dict[str, Array]
    heads: SoftAttentionCache


@ieee
def scaled_dot_product_attention_forward(
    q: Array, k: Array, v: Array, mask: Array | None = None, *, causal: bool = False
) -> tuple[Array, SoftAttentionCache]:
    """Compute softmax(q k^T / sqrt(D)) v; NaN for a query that sees no key.

    Parameters
    ----------
    q : array (N, S, D) or (N, H, S, D)
        Queries.
    k : array (N, T, D) or (N, H, T, D)
        Keys.
    v : array (N, T, E) or (N, H, T, E)
        Values.
    mask : bool array, optional
        True where a query sees a key; it broadcasts to (N, S, T) or (N, H, S, T).
    causal : bool
        Whether query s sees key t only if t <= s.

    Returns
    -------
    out : array (N, S, E) or (N, H, S, E)
    cache : SoftAttentionCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or the mask's is not bool.
    ValueError
        If the shapes do not fit or there is no key.
    """
    layer = "scaled_dot_product_attention"
    q = floating(layer, "q", q)
    if q.ndim not in (3, 4):
        raise ValueError(f"{layer}: q has shape {q.shape}; expected (N, S, D) or (N, H, S, D)")
    k, v = (matching(layer, name, value, q, of="q") for name, value in (("k", k), ("v", v)))
    if k.ndim != q.ndim or k.shape != (*q.shape[:-2], k.shape[-2], q.shape[-1]):
        raise ValueError(f"{layer}: k has shape {k.shape}; expected T keys for q {q.shape}")
    if v.ndim != q.ndim or v.shape[:-1] != k.shape[:-1]:
        raise ValueError(f"{layer}: v has shape {v.shape}; expected a value for each key of {k.shape}")
    seen = _visible(layer, mask, (*q.shape[:-1], k.shape[-2]), causal)
    out, cache = _attend(_fine(q), _fine(k), _fine(v), seen, q.dtype)
    return as_result(out, q.dtype), cache


@ieee
def scaled_dot_product_attention_backward(
    dout: Array, cache: SoftAttentionCache
) -> tuple[Array, Array, Array]:
    """Compute the gradients; with weights p, dp = dout v^T and dscores = p (dp - rowsum(p dp)).

    Parameters
    ----------
    dout : array (N, S, E) or (N, H, S, E)
        Gradient of the output.
    cache : SoftAttentionCache
        From the forward pass.

    Returns
    -------
    dq, dk, dv : array
        Of the shapes of q, k and v.

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    shape = (*cache.q.shape[:-1], cache.v.shape[-1])
    dout = _fine(upstream("scaled_dot_product_attention", dout, shape, cache.dtype))
    dq, dk, dv = _attend_back(dout, cache)
    return as_result(dq, cache.dtype), as_result(dk, cache.dtype), as_result(dv, cache.dtype)


@ieee
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
) -> tuple[Array, HeadsCache]:
    """Project, attend with each head to its own features, and project again.

    A. Vaswani et al., "Attention is all you need" (2017).

    Parameters
    ----------
    query : array (N, S, E)
        Input of the queries.
    key, value : array (N, T, E)
        Inputs of the keys and of the values.
    Wq, Wk, Wv, Wo : array (E, E)
        Weights; Wo is the last one's.
    bq, bk, bv, bo : array (E,)
        Biases.
    mask : bool array, optional
        True where a query sees a key; it broadcasts to (N, heads, S, T).
    heads : int
        Number of heads, a divisor of E.
    causal : bool
        Whether query s sees key t only if t <= s.

    Returns
    -------
    out : array (N, S, E)
    cache : HeadsCache

    Raises
    ------
    TypeError
        If a dtype is not floating, the dtypes differ, or the mask's is not bool.
    ValueError
        If the shapes do not fit, the heads do not divide E or there is no key.
    """
    layer = "multi_head_attention"
    query = floating(layer, "query", query, "N, S, E")
    key = matching(layer, "key", key, query, "N, T, E", of="query")
    value = matching(layer, "value", value, query, "N, T, E", of="query")
    N, S, E = query.shape
    for name, array in (("key", key), ("value", value)):
        if array.shape != (N, key.shape[1], E):
            raise ValueError(f"{layer}: {name} has shape {array.shape}; expected {(N, key.shape[1], E)}")
    weights, biases = {"q": Wq, "k": Wk, "v": Wv, "o": Wo}, {"q": bq, "k": bk, "v": bv, "o": bo}
    for letter in weights:
        weights[letter] = _parameter(layer, f"W{letter}", weights[letter], query, (E, E))
        biases[letter] = _parameter(layer, f"b{letter}", biases[letter], query, (E,))
    heads = integer(layer, "heads", heads, 1)
    if E % heads:
        raise ValueError(f"{layer}: {E} features do not divide into {heads} heads")
    seen = _visible(layer, mask, (N, heads, S, key.shape[1]), causal)
    inputs = {"q": _fine(query), "k": _fine(key), "v": _fine(value)}
    q, k, v = (_apart(inputs[each] @ weights[each] + biases[each], heads) for each in "qkv")
    attended, cache = _attend(q, k, v, seen, query.dtype)
    inputs["o"] = _together(attended)
    out = inputs["o"] @ weights["o"] + biases["o"]
    return as_result(out, query.dtype), HeadsCache(inputs, weights, cache)


@ieee
def multi_head_attention_backward(dout: Array, cache: HeadsCache) -> tuple[Array, ...]:
    """Compute the gradients.

    Parameters
    ----------
    dout : array (N, S, E)
        Gradient of the output.
    cache : HeadsCache
        From the forward pass.

    Returns
    -------
    dquery, dkey, dvalue, dWq, dbq, dWk, dbk, dWv, dbv, dWo, dbo : array

    Raises
    ------
    TypeError, ValueError
        If the dtype or shape of `dout` is not that of the output.
    """
    inputs, weights, attention = cache
    dtype, heads = attention.dtype, attention.q.shape[1]
    dout = _fine(upstream("multi_head_attention", dout, inputs["q"].shape, dtype))
    arriving = {"o": dout}
    down = _attend_back(_apart(dout @ weights["o"].T, heads), attention)
    arriving |= {letter: _together(each) for letter, each in zip("qkv", down, strict=True)}
    tensors = [arriving[each] @ weights[each].T for each in "qkv"]
    for each in "qkvo":
        rows = _flat(arriving[each])
        tensors += [_flat(inputs[each]).T @ rows, rows.sum(axis=0)]
    return tuple(as_result(each, dtype) for each in tensors)


def _attend(
    q: Array, k: Array, v: Array, seen: Array | None, dtype: np.dtype[Any]
) -> tuple[Array, SoftAttentionCache]:
    """Return the output, and the cache, for tensors of any number of leading axes."""
    scores = q @ k.swapaxes(-1, -2) / q.dtype.type(sqrt(q.shape[-1]))
    visible = scores if seen is None else np.where(seen, scores, scores.dtype.type(-np.inf))
    weights = np.exp(scores - visible.max(axis=-1, keepdims=True))
    if seen is not None:
        weights = np.where(seen, weights, weights.dtype.type(0))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ v, SoftAttentionCache(q, k, v, weights, dtype)


def _attend_back(dout: Array, cache: SoftAttentionCache) -> tuple[Array, Array, Array]:
    q, k, v, weights, _ = cache
    slopes = dout @ v.swapaxes(-1, -2)
    slopes = weights * (slopes - (weights * slopes).sum(axis=-1, keepdims=True))
    slopes /= q.dtype.type(sqrt(q.shape[-1]))
    return slopes @ k, slopes.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ dout


def _visible(layer: str, mask: Any, shape: tuple[int, ...], causal: bool) -> Array | None:
    """Return where queries see keys, in a shape that broadcasts; None for everywhere."""
    seen = None if mask is None else np.asarray(mask)
    if seen is not None and seen.dtype != bool:
        raise TypeError(f"{layer}: mask has dtype {seen.dtype}; expected bool")
    if seen is not None and not _broadcasts(seen.shape, shape):
        raise ValueError(f"{layer}: mask has shape {seen.shape}; expected one that broadcasts to {shape}")
    if causal:
        before = np.tri(shape[-2], shape[-1]) > 0
        seen = before if seen is None else seen & before
    if not shape[-1]:
        raise ValueError(f"{layer}: there is no key; expected at least one")
    return seen


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    if len(shape) > len(to):
        return False
    return all(one in (1, other) for one, other in zip(shape[::-1], to[::-1], strict=False))


def _parameter(layer: str, name: str, value: Any, query: Array, shape: tuple[int, ...]) -> Array:
    array = matching(layer, name, value, query, of="query")
    if array.shape != shape:
        raise ValueError(f"{layer}: {name} has shape {array.shape}; expected {shape}")
    return array


def _fine(array: Array) -> Array:
    """Return an array in half precision as double: in single, a bias of the keys would get a gradient of noise."""
    return array.astype(np.float64) if array.dtype.char == "e" else array


def _apart(x: Array, heads: int) -> Array:
    """Return (N, T, E) as (N, heads, T, D)."""
    return x.reshape(*x.shape[:2], heads, x.shape[2] // heads).swapaxes(1, 2)


def _together(x: Array) -> Array:
    """Return (N, heads, T, D) as (N, T, E)."""
    return x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3])


def _flat(x: Array) -> Array:
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])
