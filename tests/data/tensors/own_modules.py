"""Modules of a small library, whose tensors keep a tape: backward starts with an array."""

import numpy as np


class Tensor:
    def __init__(self, data, requires_grad=False, parents=(), pull=None):
        self.data = np.asarray(data, dtype=float)
        self.requires_grad, self.parents, self.pull = requires_grad, parents, pull
        self.grad = None

    def __matmul__(self, other):
        return Tensor(
            self.data @ other.data,
            parents=(self, other),
            pull=lambda g: (g @ other.data.T, self.data.T @ g),
        )

    def __add__(self, other):
        return Tensor(
            self.data + other.data, parents=(self, other), pull=lambda g: (g, summed(g, other.data.shape))
        )

    def __mul__(self, other):
        return Tensor(
            self.data * other.data,
            parents=(self, other),
            pull=lambda g: (g * other.data, summed(g * self.data, other.data.shape)),
        )

    def backward(self, grad=None):
        grad = np.ones_like(self.data) if grad is None else grad
        self.grad = grad if self.grad is None else self.grad + grad
        if self.pull is not None:
            for parent, each in zip(self.parents, self.pull(grad), strict=True):
                parent.backward(each)


def summed(grad, shape):
    """Return a gradient of the shape that was broadcast."""
    return grad.sum(axis=tuple(range(grad.ndim - len(shape)))) if grad.ndim > len(shape) else grad


class Parameter(Tensor):
    def __init__(self, data):
        super().__init__(data, requires_grad=True)


class Module:
    def __init__(self):
        self.training = True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, *args):
        return self.forward(*args)


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = Parameter(np.random.randn(in_features, out_features))
        self.bias = Parameter(np.zeros(out_features)) if bias else None

    def forward(self, x):
        out = x @ self.weight
        return out if self.bias is None else out + self.bias


class BatchNorm1d(Module):
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = Parameter(np.ones(dim)), Parameter(np.zeros(dim))
        self.running_mean, self.running_var = np.zeros(dim), np.ones(dim)

    def forward(self, x):
        if self.training:
            mean, var = x.data.mean(axis=0), x.data.var(axis=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        else:
            mean, var = self.running_mean, self.running_var
        std = np.sqrt(var + self.eps)
        xhat = (x.data - mean) / std

        def pull(g):
            if not self.training:
                return (g / std,)
            return ((g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / std,)

        return Tensor(xhat, parents=(x,), pull=pull) * self.weight + self.bias


class ReLU(Module):
    def forward(self, x):
        return Tensor(np.maximum(x.data, 0), parents=(x,), pull=lambda g: (g * (x.data > 0),))


class Dropout(Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        keep = (np.random.rand(*x.data.shape) >= self.p) / (1 - self.p)
        return Tensor(x.data * keep, parents=(x,), pull=lambda g: (g * keep,))


class SoftmaxLoss(Module):
    def forward(self, logits, y):
        labels = np.asarray(y.data, dtype=int)
        shifted = logits.data - logits.data.max(axis=1, keepdims=True)
        probs = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        hot = np.eye(probs.shape[1])[labels]
        loss = (np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, labels]).mean()
        return Tensor(loss, parents=(logits,), pull=lambda g: (g * (probs - hot) / len(labels),))
