"""Recurrent layers along a sequence: columns with an output layer and a rate, time first, and weights that are passed."""

import numpy as np


class CharRNN:
    """One sequence of columns; backward takes a step."""

    def __init__(self, input_size, hidden_size, output_size):
        self.Wxh = np.random.randn(hidden_size, input_size)
        self.Whh = np.random.randn(hidden_size, hidden_size)
        self.Why = np.random.randn(output_size, hidden_size)
        self.bh, self.by = np.zeros((hidden_size, 1)), np.zeros((output_size, 1))

    def forward(self, inputs, hprev):
        self.inputs, self.hs = inputs, {-1: hprev}
        for t, x in enumerate(inputs):
            self.hs[t] = np.tanh(self.Wxh @ x + self.Whh @ self.hs[t - 1] + self.bh)
        return [self.Why @ self.hs[t] + self.by for t in range(len(inputs))], self.hs[len(inputs) - 1]

    def backward(self, dys, learning_rate=0.1):
        params = [self.Wxh, self.Whh, self.Why, self.bh, self.by]
        dWxh, dWhh, dWhy, dbh, dby = grads = [np.zeros_like(each) for each in params]
        dxs = []
        dh = np.zeros_like(self.bh)
        for t in reversed(range(len(self.inputs))):
            dWhy += dys[t] @ self.hs[t].T
            dby += dys[t]
            da = (1 - self.hs[t] ** 2) * (self.Why.T @ dys[t] + dh)
            dWxh += da @ self.inputs[t].T
            dWhh += da @ self.hs[t - 1].T
            dbh += da
            dxs.insert(0, self.Wxh.T @ da)
            dh = self.Whh.T @ da
        for param, grad in zip(params, grads, strict=True):
            param -= learning_rate * grad
        return dxs, dh


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


class LSTM:
    """Time first, weights (4H, D), two biases, a pair of states."""

    def __init__(self, input_size, hidden_size):
        shapes = {"W_ih": (4 * hidden_size, input_size), "W_hh": (4 * hidden_size, hidden_size)}
        shapes |= {"b_ih": (4 * hidden_size,), "b_hh": (4 * hidden_size,)}
        self.params = {name: np.random.normal(size=shape) for name, shape in shapes.items()}

    def forward(self, x, state=None):
        H = self.params["W_hh"].shape[1]
        h, c = (np.zeros((x.shape[1], H)),) * 2 if state is None else state
        self.x, self.tape, out = x, [], np.zeros((*x.shape[:2], H))
        for t in range(len(x)):
            a = x[t] @ self.params["W_ih"].T + self.params["b_ih"]
            a = a + h @ self.params["W_hh"].T + self.params["b_hh"]
            i, f, g, o = (a[:, k * H : (k + 1) * H] for k in range(4))
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            new = f * c + i * g
            self.tape.append((h, c, i, f, g, o, new))
            h, c = o * np.tanh(new), new
            out[t] = h
        return out, (h, c)

    def backward(self, dout, dstate=None):
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        dx = np.zeros_like(self.x)
        dh, dc = (0, 0) if dstate is None else dstate
        for t in range(len(dout) - 1, -1, -1):
            h, c, i, f, g, o, new = self.tape[t]
            dh = dh + dout[t]
            dc = dc + dh * o * (1 - np.tanh(new) ** 2)
            di, df, dg = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2)
            da = np.hstack([di, df, dg, dh * np.tanh(new) * o * (1 - o)])
            grads["W_ih"] += da.T @ self.x[t]
            grads["W_hh"] += da.T @ h
            grads["b_ih"] += da.sum(0)
            grads["b_hh"] += da.sum(0)
            dx[t], dh, dc = da @ self.params["W_ih"], da @ self.params["W_hh"], dc * f
        self.grads = grads
        return dx, (dh, dc)


class TimeGRU:
    """Batch first, with weights that are passed; the reset state is multiplied."""

    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(each) for each in self.params]

    def forward(self, xs):
        Wx, Wh, b = self.params
        H = len(Wh)
        h = np.zeros((len(xs), H))
        self.tape, hs = [], np.zeros((*xs.shape[:2], H))
        for t in range(xs.shape[1]):
            a = xs[:, t] @ Wx + b
            z = sigmoid(a[:, :H] + h @ Wh[:, :H])
            r = sigmoid(a[:, H : 2 * H] + h @ Wh[:, H : 2 * H])
            n = np.tanh(a[:, 2 * H :] + (r * h) @ Wh[:, 2 * H :])
            self.tape.append((xs[:, t], h, z, r, n))
            h = (1 - z) * h + z * n
            hs[:, t] = h
        return hs

    def backward(self, dhs):
        Wx, Wh, _ = self.params
        H = len(Wh)
        dxs, dh = np.zeros((*dhs.shape[:2], len(Wx))), 0
        for grad in self.grads:
            grad[...] = 0
        for t in reversed(range(dhs.shape[1])):
            x, h, z, r, n = self.tape[t]
            dh = dh + dhs[:, t]
            dn, dz = dh * z * (1 - n**2), dh * (n - h) * z * (1 - z)
            drh = dn @ Wh[:, 2 * H :].T
            da = np.hstack([dz, drh * h * r * (1 - r), dn])
            dxs[:, t] = da @ Wx.T
            self.grads[0] += x.T @ da
            self.grads[1] += np.hstack([h.T @ da[:, : 2 * H], (r * h).T @ dn])
            self.grads[2] += da.sum(0)
            dh = dh * (1 - z) + drh * r + da[:, : 2 * H] @ Wh[:, : 2 * H].T
        return dxs
