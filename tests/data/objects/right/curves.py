"""Activations as classes, and a pooling of whole planes: one input, and no parameters."""

import numpy as np


class Softmax:
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        powers = np.exp(x - x.max(axis=self.dim, keepdims=True))
        self.p = powers / powers.sum(axis=self.dim, keepdims=True)
        return self.p

    def backward(self, grad):
        return self.p * (grad - (grad * self.p).sum(axis=self.dim, keepdims=True))


class SoftmaxLayer:
    # rows alone, by the whole matrix of derivatives
    def forward(self, x):
        powers = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = powers / powers.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, grad):
        slopes = [np.diag(p) - np.outer(p, p) for p in self.p]
        return np.array([slope @ g for slope, g in zip(slopes, grad)]).reshape(grad.shape)


class Swish:
    def __init__(self, beta=1.0):
        self.beta = beta

    def forward(self, x):
        self.x = x
        self.gate = 1 / (1 + np.exp(-self.beta * x))
        return x * self.gate

    def backward(self, grad):
        return grad * (self.gate + self.beta * self.x * self.gate * (1 - self.gate))


class GELU:
    def forward(self, x):
        self.x = x
        self.t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + self.t)

    def backward(self, grad):
        inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * self.x**2)
        return grad * 0.5 * (1 + self.t + self.x * (1 - self.t**2) * inner)


class ELU:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.out = np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.out

    def backward(self, grad):
        return grad * np.where(self.out > 0, 1, self.out + self.alpha)


class EluLayer:
    # its alpha stands in the code
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0.5 * np.expm1(np.minimum(x, 0)))

    def backward(self, grad):
        return grad * np.where(self.x > 0, 1, 0.5 * np.exp(np.minimum(self.x, 0)))


class SoftplusActivation:
    def __call__(self, x):
        return np.logaddexp(0, x)

    def gradient(self, x):
        return 1 / (1 + np.exp(-x))


class GlobalAvgPool2d:
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=(2, 3), keepdims=True)

    def backward(self, grad):
        return np.ones(self.shape) * grad / (self.shape[2] * self.shape[3])


class GlobalAveragePooling2D:
    # channels last
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=(1, 2))

    def backward(self, grad):
        return np.ones(self.shape) * grad[:, None, None, :] / (self.shape[1] * self.shape[2])
