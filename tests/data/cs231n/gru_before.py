"""A GRU with one bias; gates z, r, n; the state is reset before its product."""

import numpy as np


def _sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    zr = _sigmoid(x @ Wx[:, : 2 * H] + prev_h @ Wh[:, : 2 * H] + b[: 2 * H])
    z, r = zr[:, :H], zr[:, H:]
    kept = r * prev_h
    n = np.tanh(x @ Wx[:, 2 * H :] + kept @ Wh[:, 2 * H :] + b[2 * H :])
    next_h = z * prev_h + (1 - z) * n
    return next_h, (x, prev_h, Wx, Wh, z, r, kept, n)


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, z, r, kept, n = cache
    H = prev_h.shape[1]
    dn = dnext_h * (1 - z) * (1 - n**2)
    dkept = dn @ Wh[:, 2 * H :].T
    dz = dnext_h * (prev_h - n) * z * (1 - z)
    dr = dkept * prev_h * r * (1 - r)
    gates = np.concatenate([dz, dr], axis=1)
    every = np.concatenate([gates, dn], axis=1)
    dWh = np.concatenate([prev_h.T @ gates, kept.T @ dn], axis=1)
    dprev_h = dnext_h * z + dkept * r + gates @ Wh[:, : 2 * H].T
    return every @ Wx.T, dprev_h, x.T @ every, dWh, every.sum(axis=0)


def gru_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    h = np.zeros((N, T, h0.shape[1]), x.dtype)
    caches, prev = [], h0
    for t in range(T):
        prev, cache = gru_step_forward(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        caches.append(cache)
    return h, caches


def gru_backward(dh, caches):
    N, T, H = dh.shape
    x, _, Wx, Wh = caches[0][:4]
    dx = np.zeros((N, T, x.shape[1]), dh.dtype)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(3 * H, dh.dtype)
    dprev = np.zeros((N, H), dh.dtype)
    for t in range(T - 1, -1, -1):
        dx[:, t], dprev, dWx_t, dWh_t, db_t = gru_step_backward(dh[:, t] + dprev, caches[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db
