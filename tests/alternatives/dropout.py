"""dropout once more, with mask and scale in one array of weights."""

import numpy as np


def dropout_forward(x, *, keep_prob=0.5, mask=None, rng=None, training=True):
    if not training:
        out = np.array(x)
        return out, (None, keep_prob)
    if mask is None:
        mask = rng.random(x.shape) < keep_prob
    weights = np.where(mask, 1 / keep_prob, 0).astype(x.dtype)
    out = x * weights
    return out, (weights, keep_prob)


def dropout_backward(dout, cache):
    weights, _ = cache
    if weights is None:
        return np.array(dout)
    return dout * weights
