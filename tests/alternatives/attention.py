"""scaled_dot_product_attention and multi_head_attention once more, with einsum and additive masks."""

import numpy as np


def hidden(mask, causal, shape):
    """Return 0 where a query sees a key, and minus infinity elsewhere."""
    seen = np.full(shape, True) if mask is None else np.broadcast_to(mask, shape)
    late = np.arange(shape[-1]) > np.arange(shape[-2])[:, None]
    if causal:
        seen = seen & ~late
    return np.where(seen, 0.0, -np.inf)


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def scaled_dot_product_attention_forward(q, k, v, mask=None, *, causal=False):
    scale = q.shape[-1] ** -0.5
    shut = hidden(mask, causal, (*q.shape[:-1], k.shape[-2]))
    scores = np.einsum("...sd,...td->...st", q, k) * q.dtype.type(scale)
    p = softmax(scores + shut.astype(q.dtype))
    out = np.einsum("...st,...te->...se", p, v)
    return out, (q, k, v, p)


def scaled_dot_product_attention_backward(dout, cache):
    q, k, v, p = cache
    scale = q.dtype.type(q.shape[-1] ** -0.5)
    dv = np.einsum("...st,...se->...te", p, dout)
    dp = np.einsum("...se,...te->...st", dout, v)
    paths = np.einsum("...st,...st->...s", p, dp)[..., None]
    ds = p * (dp - paths)
    dq = np.einsum("...st,...td->...sd", ds, k) * scale
    dk = np.einsum("...st,...sd->...td", ds, q) * scale
    return dq, dk, dv


def parts(x, heads):
    n, t, e = x.shape
    return x.reshape(n, t, heads, e // heads).transpose(0, 2, 1, 3)


def whole(x):
    n, h, t, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(n, t, h * d)


def back(dout, x, W):
    dx = np.einsum("nte,fe->ntf", dout, W)
    return dx, np.einsum("ntf,nte->fe", x, dout), dout.sum(axis=(0, 1))


def multi_head_attention_forward(
    query, key, value, Wq, bq, Wk, bk, Wv, bv, Wo, bo, mask=None, *, heads=1, causal=False
):
    q = parts(query @ Wq + bq, heads)
    k = parts(key @ Wk + bk, heads)
    v = parts(value @ Wv + bv, heads)
    seen, kept = scaled_dot_product_attention_forward(q, k, v, mask, causal=causal)
    merged = whole(seen)
    cache = (query, key, value, Wq, Wk, Wv, Wo, kept, merged, heads)
    out = merged @ Wo + bo
    return out, cache


def multi_head_attention_backward(dout, cache):
    query, key, value, Wq, Wk, Wv, Wo, kept, merged, heads = cache
    dmerged, dWo, dbo = back(dout, merged, Wo)
    dq, dk, dv = scaled_dot_product_attention_backward(parts(dmerged, heads), kept)
    dquery, dWq, dbq = back(whole(dq), query, Wq)
    dkey, dWk, dbk = back(whole(dk), key, Wk)
    dvalue, dWv, dbv = back(whole(dv), value, Wv)
    return dquery, dkey, dvalue, dWq, dbq, dWk, dbk, dWv, dbv, dWo, dbo
