"""word_embedding, temporal_affine, temporal_softmax_loss and positional_encoding once more, by other formulas."""

import numpy as np


def word_embedding_forward(x, W):
    chosen = np.eye(len(W), dtype=W.dtype)[x]
    out = np.take(W, x, axis=0)
    return out, chosen


def word_embedding_backward(dout, chosen):
    return np.tensordot(chosen, dout, axes=((0, 1), (0, 1)))


def temporal_affine_forward(x, w, b):
    out = np.einsum("ntd,dm->ntm", x, w)
    out = out + b
    return out, (x, w)


def temporal_affine_backward(dout, cache):
    x, w = cache
    dx = np.einsum("ntm,dm->ntd", dout, w)
    dw = np.einsum("ntd,ntm->dm", x, dout)
    db = np.einsum("ntm->m", dout)
    return dx, dw, db


def temporal_softmax_loss_forward(x, y, mask):
    shifted = x - x.max(axis=2, keepdims=True)
    total = np.exp(shifted).sum(axis=2)
    log_p = shifted - np.log(total)[..., None]
    each = -np.take_along_axis(log_p, y[..., None], axis=2)[..., 0]
    weights = mask
    loss = np.where(weights, each, 0).sum() / len(x)
    return np.asarray(loss), (np.exp(log_p), y, mask)


def temporal_softmax_loss_backward(dout, cache):
    p, y, mask = cache
    truth = y[..., None] == np.arange(p.shape[2])
    weights = mask[..., None]
    return np.asarray(np.where(weights, p - truth, 0) * (dout / len(p)), dtype=p.dtype)


def positional_encoding_forward(x):
    _, times, features = x.shape
    feature = np.arange(features)
    pairs = feature - feature % 2
    time = np.arange(times)
    phase = np.where(feature % 2 == 1, np.pi / 2, 0.0)
    slow = np.exp(-np.log(1e4) * pairs / max(features, 1))
    # A cosine is a sine that is a quarter of a turn ahead.
    table = np.sin(np.outer(time, slow) + phase)
    out = x + table.astype(x.dtype)
    return out, None


def positional_encoding_backward(dout, cache):
    return dout.copy()
