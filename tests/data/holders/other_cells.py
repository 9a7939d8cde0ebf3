"""Recurrent cells in PyTorch's layout, in single precision, and with lists of parameters and gradients."""

import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data.astype(np.float32)
        self.grad = np.zeros_like(self.data)


class LSTMCell:
    def __init__(self, input_size: int, hidden_size: int, bias: bool = True):
        bound = hidden_size**-0.5
        r = np.random.default_rng(0)
        self.weight_ih = Parameter(r.uniform(-bound, bound, (4 * hidden_size, input_size)))
        self.weight_hh = Parameter(r.uniform(-bound, bound, (4 * hidden_size, hidden_size)))
        self.bias_ih = Parameter(r.uniform(-bound, bound, 4 * hidden_size))
        self.bias_hh = Parameter(r.uniform(-bound, bound, 4 * hidden_size))

    def forward(self, x, state=None):
        if state is None:
            zero = np.zeros((x.shape[0], self.weight_hh.data.shape[1]), x.dtype)
            state = zero, zero
        h, c = state
        gates = np.einsum("nd,gd->ng", x, self.weight_ih.data) + self.bias_ih.data
        gates = gates + np.einsum("nh,gh->ng", h, self.weight_hh.data) + self.bias_hh.data
        i, f, g, o = np.split(gates, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-v)) for v in (i, f, o))
        g = np.tanh(g)
        c_new = f * c + i * g
        h_new = o * np.tanh(c_new)
        self.saved = x, h, c, i, f, g, o, c_new
        return h_new, c_new

    __call__ = forward

    def backward(self, grad_h, grad_c):
        x, h, c, i, f, g, o, c_new = self.saved
        tc = np.tanh(c_new)
        grad_c = grad_c + grad_h * o * (1 - tc * tc)
        d = np.concatenate(
            [
                grad_c * g * i * (1 - i),
                grad_c * c * f * (1 - f),
                grad_c * i * (1 - g * g),
                grad_h * tc * o * (1 - o),
            ],
            1,
        )
        self.weight_ih.grad += d.T @ x
        self.weight_hh.grad += d.T @ h
        self.bias_ih.grad += d.sum(0)
        self.bias_hh.grad += d.sum(0)
        return d @ self.weight_ih.data, (d @ self.weight_hh.data, grad_c * f)


class GRUCell:
    def __init__(self, in_dim, h_dim):
        self.W_ih = np.random.randn(3 * h_dim, in_dim)
        self.W_hh = np.random.randn(3 * h_dim, h_dim)
        self.b_ih = np.random.randn(3 * h_dim)
        self.b_hh = np.random.randn(3 * h_dim)

    def forward(self, x, h_prev):
        gi = x @ self.W_ih.T + self.b_ih
        gh = h_prev @ self.W_hh.T + self.b_hh
        ir, iz, inn = np.split(gi, 3, 1)
        hr, hz, hn = np.split(gh, 3, 1)
        r = 1 / (1 + np.exp(-(ir + hr)))
        z = 1 / (1 + np.exp(-(iz + hz)))
        n = np.tanh(inn + r * hn)
        self._c = x, h_prev, r, z, n, hn
        return (1 - z) * n + z * h_prev

    def backward(self, dout):
        x, h_prev, r, z, n, hn = self._c
        dn = dout * (1 - z) * (1 - n**2)
        dz = dout * (h_prev - n) * z * (1 - z)
        dr = dn * hn * r * (1 - r)
        dgi = np.concatenate([dr, dz, dn], 1)
        dgh = np.concatenate([dr, dz, dn * r], 1)
        grads = {"W_ih": dgi.T @ x, "W_hh": dgh.T @ h_prev, "b_ih": dgi.sum(0), "b_hh": dgh.sum(0)}
        return dgi @ self.W_ih, dgh @ self.W_hh + dout * z, grads


class RNNCell:
    def __init__(self, input_size, hidden_size, rng=None):
        rng = rng or np.random.default_rng(3)
        self.params = [
            rng.normal(size=(input_size, hidden_size)),
            rng.normal(size=(hidden_size, hidden_size)),
            np.zeros(hidden_size),
        ]
        self.grads = [np.zeros_like(p) for p in self.params]

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        h_next = np.tanh(h_prev @ Wh + x @ Wx + b)
        self.cache = x, h_prev, h_next
        return h_next

    def backward(self, dh_next):
        Wx, Wh, _ = self.params
        x, h_prev, h_next = self.cache
        dt = dh_next * (1 - h_next**2)
        self.grads[0][...] = x.T @ dt
        self.grads[1][...] = h_prev.T @ dt
        self.grads[2][...] = dt.sum(axis=0)
        return dt @ Wx.T, dt @ Wh.T
