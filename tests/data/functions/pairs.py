"""Functions that are layers because they have a backward, a depthwise convolution of square windows, sums as losses."""

import numpy as np

SLOPE = np.sqrt(2 / np.pi)


def gelu(x):
    t = np.tanh(SLOPE * (x + 0.044715 * x**3))
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    return dout * 0.5 * (1 + t + x * (1 - t**2) * SLOPE * (1 + 3 * 0.044715 * x**2))


def softmax_fwd(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_bwd(dy, probs):
    return probs * (dy - (dy * probs).sum(axis=-1, keepdims=True))


def depthwise_forward(x, w, b, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    _, k, _ = w.shape
    h, wide = xp.shape[2] - k + 1, xp.shape[3] - k + 1
    out = b[:, None, None] + np.zeros((len(x), len(w), h, wide), dtype=x.dtype)
    for i, j in np.ndindex(k, k):
        out += w[:, i, j, None, None] * xp[:, :, i : i + h, j : j + wide]
    return out, (xp, w, pad)


def depthwise_backward(dout, cache):
    xp, w, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    h, wide = dout.shape[2:]
    for i, j in np.ndindex(*w.shape[1:]):
        at = np.s_[:, :, i : i + h, j : j + wide]
        dw[:, i, j] = (dout * xp[at]).sum(axis=(0, 2, 3))
        dxp[at] += w[:, i, j, None, None] * dout
    inside = np.s_[:, :, pad : xp.shape[2] - pad, pad : xp.shape[3] - pad]
    return dxp[inside], dw, dout.sum(axis=(0, 2, 3))


def bce_loss(p, t):
    value = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)) / len(p)
    return value, ((1 - t) / (1 - p) - t / p) / len(p)


def l1_loss(pred, target):
    return np.abs(pred - target).sum(axis=1).mean(), np.sign(pred - target) / len(pred)


def kl_div(log_q, p):
    return np.sum(p * (np.log(np.maximum(p, 1e-300)) - log_q)) / len(p), -p / len(p)
