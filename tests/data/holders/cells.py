"""Recurrent cells that hold a matrix for each gate: samples as columns, as rows, and a reset state."""

import numpy as np


class LSTMCell:
    """Columns, as in older code: z is [h, x]."""

    def __init__(self, n_x, n_a, seed=1):
        rng = np.random.RandomState(seed)
        self.params = {}
        for gate in "fico":
            self.params["W" + gate] = rng.randn(n_a, n_a + n_x) * 0.1
            self.params["b" + gate] = np.zeros((n_a, 1))
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def forward(self, xt, a_prev, c_prev):
        def s(v):
            return 1 / (1 + np.exp(-v))

        p = self.params
        z = np.concatenate((a_prev, xt), axis=0)
        f = s(p["Wf"].dot(z) + p["bf"])
        i = s(p["Wi"].dot(z) + p["bi"])
        cc = np.tanh(p["Wc"].dot(z) + p["bc"])
        o = s(p["Wo"].dot(z) + p["bo"])
        c = f * c_prev + i * cc
        a = o * np.tanh(c)
        cache = (z, c_prev, f, i, cc, o, c)
        return a, c, cache

    def backward(self, da_next, dc_next, cache):
        z, c_prev, f, i, cc, o, c = cache
        n_a = c.shape[0]
        dc = dc_next + da_next * o * (1 - np.tanh(c) ** 2)
        pre = {
            "o": da_next * np.tanh(c) * o * (1 - o),
            "c": dc * i * (1 - cc**2),
            "i": dc * cc * i * (1 - i),
            "f": dc * c_prev * f * (1 - f),
        }
        dz = 0
        for gate, d in pre.items():
            self.grads["W" + gate] = d.dot(z.T)
            self.grads["b" + gate] = d.sum(axis=1, keepdims=True)
            dz = dz + self.params["W" + gate].T.dot(d)
        return dz[n_a:], dz[:n_a], f * dc


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


class GRUCell:
    """The form of the paper: the reset state is multiplied."""

    def __init__(self, input_dim, hidden_dim):
        self.Wz = np.random.randn(input_dim, hidden_dim) * 0.1
        self.Uz = np.random.randn(hidden_dim, hidden_dim) * 0.1
        self.bz = np.zeros(hidden_dim)
        self.Wr = np.random.randn(input_dim, hidden_dim) * 0.1
        self.Ur = np.random.randn(hidden_dim, hidden_dim) * 0.1
        self.br = np.zeros(hidden_dim)
        self.Wh = np.random.randn(input_dim, hidden_dim) * 0.1
        self.Uh = np.random.randn(hidden_dim, hidden_dim) * 0.1
        self.bh = np.zeros(hidden_dim)

    def forward(self, x, h):
        z = sigmoid(x @ self.Wz + h @ self.Uz + self.bz)
        r = sigmoid(x @ self.Wr + h @ self.Ur + self.br)
        hh = np.tanh(x @ self.Wh + (r * h) @ self.Uh + self.bh)
        out = (1 - z) * h + z * hh
        self.x, self.h, self.z, self.r, self.hh = x, h, z, r, hh
        return out

    def backward(self, dh_next):
        x, h, z, r, hh = self.x, self.h, self.z, self.r, self.hh
        dz = dh_next * (hh - h) * z * (1 - z)
        dhh = dh_next * z * (1 - hh**2)
        drh = dhh @ self.Uh.T
        dr = drh * h * r * (1 - r)
        self.dWh, self.dUh, self.dbh = x.T @ dhh, (r * h).T @ dhh, dhh.sum(0)
        self.dWz, self.dUz, self.dbz = x.T @ dz, h.T @ dz, dz.sum(0)
        self.dWr, self.dUr, self.dbr = x.T @ dr, h.T @ dr, dr.sum(0)
        dx = dhh @ self.Wh.T + dz @ self.Wz.T + dr @ self.Wr.T
        dh = dh_next * (1 - z) + drh * r + dz @ self.Uz.T + dr @ self.Ur.T
        return dx, dh


class RNNCell:
    def __init__(self, input_size, hidden_size):
        self.Wxh = np.random.randn(hidden_size, input_size) * 0.01
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.01
        self.bh = np.zeros((hidden_size, 1))

    def forward(self, x, hprev):
        self.x, self.hprev = x, hprev
        self.h = np.tanh(np.dot(self.Wxh, x) + np.dot(self.Whh, hprev) + self.bh)
        return self.h

    def backward(self, dh):
        draw = (1 - self.h * self.h) * dh
        dWxh = np.dot(draw, self.x.T)
        dWhh = np.dot(draw, self.hprev.T)
        dbh = draw.sum(axis=1, keepdims=True)
        return np.dot(self.Wxh.T, draw), np.dot(self.Whh.T, draw), dWxh, dWhh, dbh
