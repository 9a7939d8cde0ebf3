"""Weights of all gates: a GRU of functions, a cell that is made of them; and a cell with two biases for each gate."""

import numpy as np


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gru_seq_forward(xs, h0, W, U, b):
    H, h, out, tape = h0.shape[1], h0, [], []
    for x in xs:
        a, s = x @ W + b, h @ U
        z, r = sigmoid(a[:, :H] + s[:, :H]), sigmoid(a[:, H : 2 * H] + s[:, H : 2 * H])
        n = np.tanh(a[:, 2 * H :] + r * s[:, 2 * H :])
        tape.append((x, h, z, r, n, s[:, 2 * H :]))
        h = (1 - z) * h + z * n
        out.append(h)
    return np.stack(out), (W, U, tape)


def gru_seq_backward(dout, cache):
    W, U, tape = cache
    dW, dU, db, dxs, dh = np.zeros_like(W), np.zeros_like(U), np.zeros_like(W[0]), [], 0
    for d, (x, h, z, r, n, s) in zip(dout[::-1], tape[::-1], strict=True):
        dh = dh + d
        dn, dz = dh * z * (1 - n**2), dh * (n - h) * z * (1 - z)
        dr = dn * s * r * (1 - r)
        da, ds = np.hstack([dz, dr, dn]), np.hstack([dz, dr, dn * r])
        dW, dU, db = dW + x.T @ da, dU + h.T @ ds, db + da.sum(axis=0)
        dxs.append(da @ W.T)
        dh = dh * (1 - z) + ds @ U.T
    return np.stack(dxs[::-1]), dh, dW, dU, db


class LSTMCell:
    def __init__(self, W_ih, W_hh, b_ih, b_hh):
        self.W_ih, self.W_hh, self.b_ih, self.b_hh = W_ih, W_hh, b_ih, b_hh

    def forward(self, x, h, c):
        i, f, g, o = np.split(x @ self.W_ih.T + self.b_ih + h @ self.W_hh.T + self.b_hh, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        new = f * c + i * g
        self.kept = x, h, c, i, f, g, o, new
        return o * np.tanh(new), new

    def backward(self, dh, dc):
        x, h, c, i, f, g, o, new = self.kept
        t = np.tanh(new)
        dc = dc + dh * o * (1 - t**2)
        gates = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * t * o * (1 - o)
        d = np.hstack(gates)
        self.dW_ih, self.dW_hh, self.db_ih, self.db_hh = d.T @ x, d.T @ h, d.sum(axis=0), d.sum(axis=0)
        return d @ self.W_ih, d @ self.W_hh, dc * f


class GRUCell:
    def __init__(self, in_dim, hid):
        for gate in "rzn":
            setattr(self, "W" + gate, np.ones((hid, in_dim)))
            setattr(self, "U" + gate, np.ones((hid, hid)))
            setattr(self, "b" + gate, np.zeros(hid))
            setattr(self, "c" + gate, np.zeros(hid))

    def forward(self, x, h):
        r = sigmoid(self.Wr @ x + self.br + self.Ur @ h + self.cr)
        z = sigmoid(self.Wz @ x + self.bz + self.Uz @ h + self.cz)
        q = self.Un @ h + self.cn
        n = np.tanh(self.Wn @ x + self.bn + r * q)
        self.kept = x, h, r, z, q, n
        return (1 - z) * n + z * h

    def backward(self, dout):
        x, h, r, z, q, n = self.kept
        dn, dz = dout * (1 - z) * (1 - n**2), dout * (h - n) * z * (1 - z)
        dr, dq = dn * q * r * (1 - r), dn * r
        dx, dh = 0, dout * z
        for gate, d, of_state in (("r", dr, dr), ("z", dz, dz), ("n", dn, dq)):
            setattr(self, "dW" + gate, np.outer(d, x))
            setattr(self, "dU" + gate, np.outer(of_state, h))
            setattr(self, "db" + gate, d)
            setattr(self, "dc" + gate, of_state)
            dx = dx + getattr(self, "W" + gate).T @ d
            dh = dh + getattr(self, "U" + gate).T @ of_state
        return dx, dh
