"""Activations and losses as people write them for this suite's names: right, each without what nobody asked them for."""
import numpy as np


def gelu_forward(x):
    # only the form with tanh, and no argument that says so
    t = np.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3))
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    inner = 0.7978845608028654 * (1 + 3 * 0.044715 * x ** 2)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner)


def elu_forward(x, alpha=1.0):
    out = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    return out.astype(x.dtype), (x, alpha)


def elu_backward(dout, cache):
    # at 0 the slope on the other side, as in TensorFlow
    x, alpha = cache
    return (dout * np.where(x >= 0, 1, alpha * np.exp(np.minimum(x, 0)))).astype(x.dtype)


def softplus_forward(x):
    # a straight line from 20 on, as in PyTorch
    return np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20)))).astype(x.dtype), x


def softplus_backward(dout, x):
    return dout / (1 + np.exp(-np.maximum(x, -80)))


def softmax_forward(x):
    # rows only
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return p, p.copy()


def softmax_backward(dout, p):
    return p * (dout - np.sum(dout * p, axis=1, keepdims=True))


def l1_loss_forward(x, y):
    return np.mean(np.abs(x - y)), (x, y)


def l1_loss_backward(dout, cache):
    # at the kink the slope on one side
    x, y = cache
    return (dout * np.where(x > y, 1, -1) / x.size).astype(x.dtype)


def bce_loss_forward(x, y):
    p = np.clip(x, 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), (p, y)


def bce_loss_backward(dout, cache):
    p, y = cache
    return dout * (p - y) / (p * (1 - p)) / p.size
