"""Cells whose constructor takes one width, and attention without weights, as classes."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTMCell:
    def __init__(self, hidden):
        self.H = hidden
        self.Wx = np.random.randn(hidden, 4 * hidden) / np.sqrt(hidden)
        self.Wh = np.random.randn(hidden, 4 * hidden) / np.sqrt(hidden)
        self.b = np.zeros(4 * hidden)

    def forward(self, x, h, c):
        a = x @ self.Wx + h @ self.Wh + self.b
        i, f, o, g = np.split(a, 4, axis=1)
        i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
        next_c = f * c + i * g
        self.cache = (x, h, c, i, f, o, g, next_c)
        return o * np.tanh(next_c), next_c

    def backward(self, dh, dc):
        x, h, c, i, f, o, g, next_c = self.cache
        t = np.tanh(next_c)
        dcell = dc + dh * o * (1 - t * t)
        da = np.hstack([dcell * g * i * (1 - i), dcell * c * f * (1 - f), dh * t * o * (1 - o), dcell * i * (1 - g * g)])
        self.dWx, self.dWh, self.db = x.T @ da, h.T @ da, da.sum(axis=0)
        return da @ self.Wx.T, da @ self.Wh.T, dcell * f


class GRUCell:
    def __init__(self, hidden_size):
        for name in ("Wz", "Wr", "Wh", "Uz", "Ur", "Uh"):
            setattr(self, name, np.random.randn(hidden_size, hidden_size) * 0.3)
        for name in ("bz", "br", "bh"):
            setattr(self, name, np.zeros(hidden_size))

    def forward(self, x, h):
        z = sigmoid(x @ self.Wz + h @ self.Uz + self.bz)
        r = sigmoid(x @ self.Wr + h @ self.Ur + self.br)
        n = np.tanh(x @ self.Wh + (r * h) @ self.Uh + self.bh)
        self.cache = (x, h, z, r, n)
        return (1 - z) * n + z * h

    def backward(self, dnext):
        x, h, z, r, n = self.cache
        dn = dnext * (1 - z) * (1 - n * n)
        dz = dnext * (h - n) * z * (1 - z)
        drh = dn @ self.Uh.T
        dr = drh * h * r * (1 - r)
        self.dWz, self.dWr, self.dWh = x.T @ dz, x.T @ dr, x.T @ dn
        self.dUz, self.dUr, self.dUh = h.T @ dz, h.T @ dr, (r * h).T @ dn
        self.dbz, self.dbr, self.dbh = dz.sum(axis=0), dr.sum(axis=0), dn.sum(axis=0)
        dx = dz @ self.Wz.T + dr @ self.Wr.T + dn @ self.Wh.T
        return dx, dnext * z + drh * r + dz @ self.Uz.T + dr @ self.Ur.T


class DotProductAttention:
    def forward(self, q, k, v):
        self.q, self.k, self.v, self.scale = q, k, v, 1 / np.sqrt(q.shape[-1])
        scores = q @ np.swapaxes(k, -1, -2) * self.scale
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.a = e / e.sum(axis=-1, keepdims=True)
        return self.a @ v

    def backward(self, dO):
        da = dO @ np.swapaxes(self.v, -1, -2)
        ds = self.a * (da - (da * self.a).sum(axis=-1, keepdims=True)) * self.scale
        return ds @ self.k, np.swapaxes(ds, -1, -2) @ self.q, np.swapaxes(self.a, -1, -2) @ dO
