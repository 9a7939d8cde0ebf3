"""Classes that compute something else than the layer they are named after: none of them is judged."""

import numpy as np


class Dense:
    """With an activation within."""

    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.out = 1 / (1 + np.exp(-(x @ self.W + self.b)))
        return self.out

    def backward(self, grad):
        grad = grad * self.out * (1 - self.out)
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T


class CrossEntropyLoss:
    """Of probabilities."""

    def forward(self, p, y):
        self.p, self.y = p, y
        return -np.log(p[np.arange(len(p)), y] + 1e-9).mean()

    def backward(self):
        grad = np.zeros(self.p.shape)
        grad[np.arange(len(grad)), self.y] = -1 / self.p[np.arange(len(grad)), self.y] / len(grad)
        return grad


class LayerNorm:
    """With the unbiased deviation, and the eps outside of the root."""

    def __init__(self, features, eps=1e-6):
        self.gamma, self.beta, self.eps = np.ones(features), np.zeros(features), eps

    def forward(self, x):
        self.centred = x - x.mean(axis=-1, keepdims=True)
        self.std = x.std(axis=-1, keepdims=True, ddof=1)
        return self.gamma * self.centred / (self.std + self.eps) + self.beta

    def backward(self, grad):
        raise NotImplementedError


class Conv2D:
    """With its filters turned: a convolution in the strict sense."""

    def __init__(self, in_channels, out_channels, kernel_size):
        self.k = kernel_size
        self.W, self.b = np.random.randn(out_channels, in_channels, self.k, self.k), np.zeros(out_channels)

    def forward(self, x):
        view = np.lib.stride_tricks.sliding_window_view(x, (self.k, self.k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", view, self.W[:, :, ::-1, ::-1]) + self.b[:, None, None]

    def backward(self, grad):
        raise NotImplementedError


class Tanh:
    """Scaled."""

    def forward(self, x):
        self.x = x
        return 1.7159 * np.tanh(2 / 3 * x)

    def backward(self, grad):
        return grad * 1.7159 * 2 / 3 * (1 - np.tanh(2 / 3 * self.x) ** 2)


class Linear:
    """With a constructor of unknown arguments."""

    def __init__(self, config, registry, backend):
        self.config = config.resolve(registry, backend)

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad


class Hinge:
    """Of targets that are -1 or 1."""

    def forward(self, y_pred, y_true):
        self.y_true, self.violated = y_true, y_pred * y_true < 1
        return np.mean(np.maximum(0, 1 - y_pred * y_true))

    def backward(self):
        return -self.y_true * self.violated / self.y_true.size


class Projection:
    """Onto the sphere: its name may be that of a dense layer, its result is not."""

    def __init__(self, n, m):
        self.M = np.random.randn(n, m)

    def forward(self, x):
        out = x @ self.M
        return out / np.linalg.norm(out, axis=1, keepdims=True)

    def backward(self, grad):
        raise NotImplementedError


class Softmax:
    """Of samples that are columns."""

    def forward(self, x):
        powers = np.exp(x - x.max(axis=0))
        self.p = powers / powers.sum(axis=0)
        return self.p

    def backward(self, grad):
        return self.p * (grad - (grad * self.p).sum(axis=0))


class RMSNorm:
    """With eps outside the root."""

    def __init__(self, d, eps=1e-6):
        self.g, self.eps = np.ones(d), eps

    def forward(self, x):
        self.x, self.root = x, np.sqrt((x**2).mean(-1, keepdims=True))
        return self.g * x / (self.root + self.eps)

    def backward(self, grad):
        h, total = grad * self.g, self.root + self.eps
        self.dg = (grad * self.x / total).sum(0)
        return h / total - self.x * (h * self.x).mean(-1, keepdims=True) / (self.root * total**2)


class Conv1d:
    """With filters that are turned round."""

    def __init__(self, c_in, c_out, k):
        self.w = np.random.randn(c_out, c_in, k)

    def forward(self, x):
        self.x, n, k = x, x.shape[2] - self.w.shape[2] + 1, self.w.shape[2]
        return sum(np.einsum("ncl,fc->nfl", x[:, :, j : j + n], self.w[:, :, k - 1 - j]) for j in range(k))

    def backward(self, grad):
        k, n, dx = self.w.shape[2], grad.shape[2], np.zeros_like(self.x)
        self.dw = np.zeros_like(self.w)
        for j in range(k):
            dx[:, :, j : j + n] += np.einsum("nfl,fc->ncl", grad, self.w[:, :, k - 1 - j])
            self.dw[:, :, k - 1 - j] = np.einsum("nfl,ncl->fc", grad, self.x[:, :, j : j + n])
        return dx


class Embedding:
    """With rows that are scaled."""

    def __init__(self, vocab_size, dim):
        self.W, self.scale = np.random.randn(vocab_size, dim), np.sqrt(dim)

    def forward(self, x):
        self.x = x
        return self.W[x] * self.scale

    def backward(self, grad):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.x, grad * self.scale)


class SoftmaxLayer:
    """Of one sample, a column."""

    def forward(self, x):
        powers = np.exp(x)
        self.p = powers / powers.sum()
        return self.p

    def backward(self, grad):
        return (np.identity(self.p.size) - self.p.T) * self.p @ grad


class RMSNormLayer:
    """With a gain that is 1 more than its parameter."""

    def __init__(self, dim, eps=1e-6):
        self.w, self.eps = np.zeros(dim), eps

    def forward(self, x):
        self.rate = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps)
        self.hat = x * self.rate
        return self.hat * (1 + self.w)

    def backward(self, grad):
        self.dw, h = (grad * self.hat).sum(axis=tuple(range(grad.ndim - 1))), grad * (1 + self.w)
        return self.rate * (h - self.hat * (h * self.hat).mean(-1, keepdims=True))


class BCELoss:
    """With a small number in its logarithms."""

    def forward(self, p, y):
        self.p, self.y = p, y
        return -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))

    def backward(self):
        p, y = self.p, self.y
        return (-y / (p + 1e-8) + (1 - y) / (1 - p + 1e-8)) / y.size


class KLDivLoss:
    """Of probabilities, and not of their logarithms."""

    def forward(self, p, q):
        self.p, self.q = p, q
        return np.sum(p * np.log(p / q)) / len(p)

    def backward(self):
        return (np.log(self.p / self.q) + 1) / len(self.p)


class GELU:
    """With a constant of ten digits."""

    def forward(self, x):
        self.x, self.t = x, np.tanh(0.7978845608 * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + self.t)

    def backward(self, grad):
        inner = 0.7978845608 * (1 + 3 * 0.044715 * self.x**2)
        return grad * 0.5 * (1 + self.t + self.x * (1 - self.t**2) * inner)


class SiLU:
    """Of another steepness, by an argument of unknown meaning."""

    def __init__(self, how=1.702):
        self.how = how

    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-self.how * x))
        return x * self.s

    def backward(self, grad):
        return grad * (self.s + self.how * self.x * self.s * (1 - self.s))


class ReLU:
    """With arguments of unknown meaning."""

    def forward(self, x, schedule):
        return schedule(x)

    def backward(self, grad, schedule):
        return schedule(grad)
