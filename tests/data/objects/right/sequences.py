"""A norm by the root of the mean square, convolutions along a line, and embeddings, as classes."""

import numpy as np


class RMSNorm:
    def __init__(self, dim, eps=1e-6):
        self.eps = eps
        self.gamma = np.ones(dim)
        self.dgamma = np.zeros(dim)

    def forward(self, x):
        self.x = x
        self.rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + self.eps)
        self.xhat = x / self.rms
        return self.gamma * self.xhat

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).reshape(-1, dout.shape[-1]).sum(0)
        g = dout * self.gamma
        return (g - self.xhat * np.mean(g * self.xhat, axis=-1, keepdims=True)) / self.rms


class RMSNormLayer:
    def __init__(self, d_model):
        self.g = np.ones(d_model)

    def forward(self, x):
        self.x = x
        self.r = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)
        return x * self.r * self.g

    def backward(self, dy):
        x, r = self.x, self.r
        d = x.shape[-1]
        dg = np.sum(dy * x * r, axis=tuple(range(x.ndim - 1)))
        gy = dy * self.g
        dx = r * gy - x * r**3 * (gy * x).sum(-1, keepdims=True) / d
        return dx, dg


class Conv1d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.W = np.random.randn(out_channels, in_channels, kernel_size) * 0.1
        self.b = np.zeros(out_channels)
        self.stride, self.padding, self.k = stride, padding, kernel_size

    def forward(self, x):
        p, s, k = self.padding, self.stride, self.k
        self.xp = np.pad(x, ((0, 0), (0, 0), (p, p)))
        lo = (self.xp.shape[2] - k) // s + 1
        out = np.zeros((x.shape[0], self.W.shape[0], lo))
        for i in range(lo):
            out[:, :, i] = (
                np.tensordot(self.xp[:, :, i * s : i * s + k], self.W, axes=([1, 2], [1, 2])) + self.b
            )
        return out

    def backward(self, dout):
        p, s, k = self.padding, self.stride, self.k
        self.dW = np.zeros_like(self.W)
        self.db = dout.sum(axis=(0, 2))
        dxp = np.zeros_like(self.xp)
        for i in range(dout.shape[2]):
            self.dW += np.tensordot(dout[:, :, i], self.xp[:, :, i * s : i * s + k], axes=([0], [0]))
            dxp[:, :, i * s : i * s + k] += np.tensordot(dout[:, :, i], self.W, axes=([1], [0]))
        return dxp[:, :, p : dxp.shape[2] - p]


class Convolution1D:
    # no bias, no padding, dilation
    def __init__(self, c_in, c_out, k, dilation=1):
        self.params = {"w": np.random.randn(c_out, c_in, k)}
        self.grads = {}
        self.d = dilation

    def forward(self, x):
        w = self.params["w"]
        k, d = w.shape[2], self.d
        self.x = x
        n = x.shape[2] - d * (k - 1)
        return sum(np.einsum("ncl,fc->nfl", x[:, :, j * d : j * d + n], w[:, :, j]) for j in range(k))

    def backward(self, g):
        w = self.params["w"]
        k, d, n = w.shape[2], self.d, g.shape[2]
        dx, dw = np.zeros_like(self.x), np.zeros_like(w)
        for j in range(k):
            dx[:, :, j * d : j * d + n] += np.einsum("nfl,fc->ncl", g, w[:, :, j])
            dw[:, :, j] = np.einsum("nfl,ncl->fc", g, self.x[:, :, j * d : j * d + n])
        self.grads["w"] = dw
        return dx


class Embedding:
    def __init__(self, num_embeddings, embedding_dim):
        self.weight = np.random.randn(num_embeddings, embedding_dim)
        self.grad = np.zeros_like(self.weight)

    def forward(self, idx):
        self.idx = idx
        return self.weight[idx]

    def backward(self, dout):
        self.grad = np.zeros_like(self.weight)
        np.add.at(self.grad, self.idx, dout)


class EmbeddingLayer:
    def __init__(self, vocab_size, d):
        self.params = [np.random.randn(vocab_size, d)]
        self.grads = [np.zeros((vocab_size, d))]

    def forward(self, idx):
        self.idx = idx
        (W,) = self.params
        return W[idx]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.idx, dout)
        return None


class WordEmbedding:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return self.W[x]

    def backward(self, dout):
        dW = np.zeros_like(self.W)
        for i, g in zip(self.x.ravel(), dout.reshape(-1, dout.shape[-1])):
            dW[i] += g
        return dW


class TimeEmbedding:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]

    def forward(self, xs):
        self.xs = xs
        return np.stack([self.params[0][xs[:, t]] for t in range(xs.shape[1])], axis=1)

    def backward(self, dout):
        self.grads[0][...] = 0
        for t in range(self.xs.shape[1]):
            np.add.at(self.grads[0], self.xs[:, t], dout[:, t])


class TimeAffine:
    def __init__(self, W, b):
        self.params, self.grads = [W, b], [np.zeros_like(W), np.zeros_like(b)]

    def forward(self, x):
        self.x = x
        N, T, D = x.shape
        return (x.reshape(N * T, D) @ self.params[0] + self.params[1]).reshape(N, T, -1)

    def backward(self, dout):
        N, T, D = self.x.shape
        rows = dout.reshape(N * T, -1)
        self.grads[0][...] = self.x.reshape(N * T, D).T @ rows
        self.grads[1][...] = rows.sum(axis=0)
        return (rows @ self.params[0].T).reshape(N, T, D)
