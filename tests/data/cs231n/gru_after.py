"""A GRU with one bias, whose weights are (out, in): the reset gate is after the product."""

import numpy as np


def gru_cell_forward(xt, h_prev, W, U, b):
    """W (3H, D), U (3H, H), gates r, z, n; after the product, h = z n + (1 - z) h_prev."""
    p = xt.dot(W.T) + b
    q = h_prev.dot(U.T)
    pr, pz, pn = np.split(p, 3, axis=1)
    qr, qz, qn = np.split(q, 3, axis=1)
    r = 1 / (1 + np.exp(-(pr + qr)))
    z = 1 / (1 + np.exp(-(pz + qz)))
    n = np.tanh(pn + r * qn)
    return z * n + (1 - z) * h_prev, (xt, h_prev, W, U, r, z, n, qn)


def gru_cell_backward(dh, cache):
    xt, h_prev, W, U, r, z, n, qn = cache
    dn = dh * z * (1 - n * n)
    dz = dh * (n - h_prev) * z * (1 - z)
    dr = dn * qn * r * (1 - r)
    dp = np.hstack([dr, dz, dn])
    dq = np.hstack([dr, dz, dn * r])
    return dp.dot(W), dq.dot(U) + dh * (1 - z), dp.T.dot(xt), dq.T.dot(h_prev), dp.sum(0)
