"""Attention that is causal by itself: with heads, and a dict as its cache."""

import numpy as np


def causal_attention_forward(q, k, v):
    T = q.shape[-2]
    s = np.einsum("bhid,bhjd->bhij", q, k) / np.sqrt(q.shape[-1]).astype(q.dtype)
    s = s + np.triu(np.full((T, T), -np.inf, dtype=q.dtype), k=1)
    w = np.exp(s - s.max(-1, keepdims=True))
    w = w / w.sum(-1, keepdims=True)
    return np.einsum("bhij,bhjd->bhid", w, v), {"q": q, "k": k, "v": v, "w": w}


def causal_attention_backward(grad, cache):
    q, k, v, w = (cache[n] for n in "qkvw")
    dw = np.einsum("bhid,bhjd->bhij", grad, v)
    ds = w * (dw - (w * dw).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1]).astype(q.dtype)
    return np.einsum("bhij,bhjd->bhid", ds, k), np.einsum("bhij,bhid->bhjd", ds, q), np.einsum("bhij,bhid->bhjd", w, grad)
