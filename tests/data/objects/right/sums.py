"""Layers that sum or mean over parts of their input, a table that is added, and the loss of every step."""

import numpy as np


class DepthwiseConv2D:
    def __init__(self, channels, k, stride=1, pad=0):
        self.k, self.stride, self.pad = k, stride, pad
        self.w, self.b = np.random.randn(channels, k, k), np.zeros(channels)

    def windows(self, x, rows, columns):
        s = self.stride
        for i in range(rows):
            for j in range(columns):
                yield i, j, x[:, :, i * s : i * s + self.k, j * s : j * s + self.k]

    def forward(self, x):
        p, self.shape = self.pad, x.shape
        self.x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = ((extent - self.k) // self.stride + 1 for extent in self.x.shape[2:])
        out = np.zeros((*x.shape[:2], rows, columns))
        for i, j, window in self.windows(self.x, rows, columns):
            out[:, :, i, j] = (window * self.w).sum(axis=(2, 3)) + self.b
        return out

    def backward(self, dout):
        self.dw, self.db, dx = np.zeros_like(self.w), dout.sum(axis=(0, 2, 3)), np.zeros_like(self.x)
        for i, j, window in self.windows(dx, *dout.shape[2:]):
            window += self.w * dout[:, :, i, j][..., None, None]
        for i, j, window in self.windows(self.x, *dout.shape[2:]):
            self.dw += (window * dout[:, :, i, j][..., None, None]).sum(axis=0)
        p, (h, w) = self.pad, self.shape[2:]
        return dx[:, :, p : p + h, p : p + w]


class AdaptiveAvgPool2d:
    def __init__(self, output_size):
        self.size = (output_size, output_size) if isinstance(output_size, int) else output_size

    def parts(self, x):
        (h, w), (rows, columns) = x.shape[2:], self.size
        for i in range(rows):
            for j in range(columns):
                yield (
                    i,
                    j,
                    x[
                        :,
                        :,
                        i * h // rows : -(-(i + 1) * h // rows),
                        j * w // columns : -(-(j + 1) * w // columns),
                    ],
                )

    def forward(self, x):
        self.shape = x.shape
        out = np.zeros((*x.shape[:2], *self.size))
        for i, j, part in self.parts(x):
            out[:, :, i, j] = part.mean(axis=(2, 3))
        return out

    def backward(self, dout):
        dx = np.zeros(self.shape)
        for i, j, part in self.parts(dx):
            part += dout[:, :, i, j][..., None, None] / part[0, 0].size
        return dx


class PositionalEncoding:
    def __init__(self, d_model, max_len=100):
        if d_model % 2:
            raise ValueError("d_model is odd")
        angles = np.arange(max_len)[:, None] / 10000 ** (np.arange(0, d_model, 2) / d_model)
        self.table, self.root = np.zeros((max_len, d_model)), np.sqrt(d_model)
        self.table[:, 0::2], self.table[:, 1::2] = np.sin(angles), np.cos(angles)

    def forward(self, x):
        return x * self.root + self.table[: x.shape[1]]

    def backward(self, dout):
        return dout * self.root


class TimeSoftmaxWithLoss:
    def __init__(self, ignore_label=-1):
        self.ignore_label = ignore_label

    def forward(self, xs, ts):
        self.mask, self.ts = ts != self.ignore_label, ts
        e = np.exp(xs - xs.max(axis=2, keepdims=True))
        self.ys = e / e.sum(axis=2, keepdims=True)
        chosen = np.take_along_axis(self.ys, np.where(self.mask, ts, 0)[..., None], 2)[..., 0]
        return -(np.log(chosen) * self.mask).sum() / self.mask.sum()

    def backward(self, dout=1):
        hot = np.where(self.mask, self.ts, 0)[..., None] == np.arange(self.ys.shape[2])
        return dout * (self.ys - hot) * self.mask[..., None] / self.mask.sum()


class Softmax:
    """Of each row of scores (N, C)."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, dout):
        return self.p * (dout - (dout * self.p).sum(axis=1, keepdims=True))


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, pred, target):
        self.r = pred - target
        small = abs(self.r) <= self.delta
        return np.where(small, self.r**2 / 2, self.delta * (abs(self.r) - self.delta / 2)).mean()

    def backward(self):
        return np.clip(self.r, -self.delta, self.delta) / self.r.size
