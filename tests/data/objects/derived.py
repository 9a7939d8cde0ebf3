"""Pooling along a line, a softmax's logarithm and a learned table of positions: as functions and as classes."""

import numpy as np


def max_pool1d_forward(x, kernel_size, stride=None, padding=0):
    stride = stride or kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=2)[:, :, ::stride]
    return windows.max(axis=3), (padded.shape, windows.argmax(axis=3), stride, padding)


def max_pool1d_backward(dout, cache):
    shape, best, stride, padding = cache
    dx = np.zeros(shape)
    n, c, i = np.indices(dout.shape)
    np.add.at(dx, (n, c, i * stride + best), dout)
    return dx[:, :, padding : shape[2] - padding]


def avg_pool1d_forward(x, k, stride):
    out = np.stack([x[:, :, i : i + k].mean(axis=2) for i in range(0, x.shape[2] - k + 1, stride)], axis=2)
    return out, (x.shape, k, stride)


def avg_pool1d_backward(dout, cache):
    shape, k, stride = cache
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        dx[:, :, i * stride : i * stride + k] += dout[:, :, i : i + 1] / k
    return dx


def log_softmax_forward(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs, logs


def log_softmax_backward(dlogs, logs):
    return dlogs - np.exp(logs) * dlogs.sum(axis=-1, keepdims=True)


class MaxPool1d:
    """Sequences (N, C, L)."""

    def __init__(self, kernel_size, stride=None):
        self.k = kernel_size
        self.s = stride or kernel_size

    def forward(self, x):
        self.x = x
        n, c, length = x.shape
        out = np.zeros((n, c, (length - self.k) // self.s + 1))
        for i in range(out.shape[2]):
            out[:, :, i] = x[:, :, i * self.s : i * self.s + self.k].max(axis=2)
        return out

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for n, c, i in np.ndindex(*dout.shape):
            at = i * self.s + self.x[n, c, i * self.s : i * self.s + self.k].argmax()
            dx[n, c, at] += dout[n, c, i]
        return dx


class AvgPool1D:
    """Sequences (N, L, C), in windows that touch."""

    def __init__(self, pool_size=2):
        self.pool_size = pool_size

    def forward(self, inputs):
        n, length, c = inputs.shape
        self.length, used = length, length // self.pool_size * self.pool_size
        return inputs[:, :used].reshape(n, -1, self.pool_size, c).mean(axis=2)

    def backward(self, grad):
        n, count, c = grad.shape
        dx = np.zeros((n, self.length, c))
        dx[:, : count * self.pool_size] = np.repeat(grad, self.pool_size, axis=1) / self.pool_size
        return dx


class LogSoftmax:
    def forward(self, x):
        top = x.max(axis=1, keepdims=True)
        self.logs = x - top - np.log(np.sum(np.exp(x - top), axis=1, keepdims=True))
        return self.logs

    def backward(self, grad_output):
        return grad_output - np.exp(self.logs) * np.sum(grad_output, axis=1, keepdims=True)


class LearnedPositionalEmbedding:
    def __init__(self, max_len, dim):
        self.P = np.random.randn(max_len, dim) * 0.02
        self.dP = np.zeros_like(self.P)

    def forward(self, x):
        self.T = x.shape[1]
        return x + self.P[: self.T]

    def backward(self, dout):
        self.dP = np.zeros_like(self.P)
        self.dP[: self.T] = dout.sum(axis=0)
        return dout


class PositionEmbedding:
    def __init__(self, d_model, max_len=512):
        self.weight = np.random.randn(max_len, d_model) * 0.02
        self.grad_weight = np.zeros((max_len, d_model))

    def forward(self, x):
        self.shape = x.shape
        return x + self.weight[None, : x.shape[1]]

    def backward(self, dy):
        self.grad_weight = np.zeros_like(self.weight)
        self.grad_weight[: self.shape[1]] += np.sum(dy, axis=0)
        return dy.copy()


def softmax_loss(x, y, smoothing=0.1):
    n, c = x.shape
    top = x - x.max(axis=1, keepdims=True)
    logs = top - np.log(np.exp(top).sum(axis=1, keepdims=True))
    t = np.full((n, c), smoothing / c)
    t[np.arange(n), y] += 1 - smoothing
    return -(t * logs).sum() / n, (np.exp(logs) - t) / n


class LabelSmoothingCrossEntropy:
    def __init__(self, smoothing=0.1):
        self.smoothing = smoothing

    def forward(self, logits, targets):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p, self.targets = e / e.sum(axis=1, keepdims=True), targets
        logs = np.log(self.p)
        hard = -logs[np.arange(len(targets)), targets]
        return np.mean((1 - self.smoothing) * hard - self.smoothing * logs.mean(axis=1))

    def backward(self):
        dx = self.p - self.smoothing / self.p.shape[1]
        dx[np.arange(len(dx)), self.targets] -= 1 - self.smoothing
        return dx / len(dx)


class MaxPooling1D:
    """Windows that touch and cover the line, as reshape has it."""

    def __init__(self, k):
        self.k = k

    def forward(self, x):
        self.shape = x.shape
        windows = x.reshape(*x.shape[:2], x.shape[2] // self.k, self.k)
        self.best = windows.argmax(axis=3)
        return windows.max(axis=3)

    def backward(self, dout):
        dx = np.zeros((*dout.shape, self.k))
        np.put_along_axis(dx, self.best[..., None], dout[..., None], axis=3)
        return dx.reshape(self.shape)
