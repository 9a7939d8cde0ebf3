"""Attention for one head, with a mask of what is hidden, and a softmax whose backward forgets the sum."""

import numpy as np


def attention_forward(query, key, value, mask=None):
    scores = np.einsum('nsd,ntd->nst', query, key) / np.sqrt(query.shape[2])
    if mask is not None:
        scores[np.broadcast_to(mask, scores.shape)] = -np.inf
    p = np.exp(scores - scores.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    out = np.einsum('nst,nte->nse', p, value)
    return out, (query, key, value, p)


def attention_backward(dout, cache):
    query, key, value, p = cache
    dp = np.einsum('nse,nte->nst', dout, value)
    ds = p * dp / np.sqrt(query.shape[2])
    dquery = np.einsum('nst,ntd->nsd', ds, key)
    dkey = np.einsum('nst,nsd->ntd', ds, query)
    dvalue = np.einsum('nst,nse->nte', p, dout)
    return dquery, dkey, dvalue
