"""Functions whose backward takes what forward kept: a kernel of each channel, and losses, with the cache first."""

import numpy as np


def depthwise_conv2d_forward(x, w, b, stride=1, pad=0):
    N, C, H, W = x.shape
    _, kh, kw = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    oh, ow = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    out = np.zeros((N, C, oh, ow), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            win = xp[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = np.einsum("nchw,chw->nc", win, w) + b
    return out, (x, w, b, stride, pad)


def depthwise_conv2d_backward(dout, cache):
    x, w, b, stride, pad = cache
    _, kh, kw = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            d = dout[:, :, i, j]
            at = np.s_[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            dxp[at] += d[:, :, None, None] * w
            dw += np.einsum("nc,nchw->chw", d, xp[at])
    return dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], dw, dout.sum(axis=(0, 2, 3))


def kl_div_loss_forward(log_q, p):
    loss = np.sum(np.where(p > 0, p * (np.log(np.where(p > 0, p, 1)) - log_q), 0)) / log_q.shape[0]
    return loss, (log_q, p)


def kl_div_loss_backward(cache, dloss):
    log_q, p = cache
    return -dloss * p / log_q.shape[0]


def bce_loss_forward(p, y):
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return loss, (p, y)


def bce_loss_backward(cache, dloss=1.0):
    p, y = cache
    return dloss * (p - y) / (p * (1 - p)) / p.size


def huber_loss_forward(pred, target, delta=1.0):
    r = pred - target
    a = np.abs(r)
    loss = np.where(a <= delta, 0.5 * r * r, delta * (a - 0.5 * delta)).mean()
    cache = (r, delta)
    return loss, cache


def huber_loss_backward(cache, dloss):
    r, delta = cache
    return dloss * np.clip(r, -delta, delta) / r.size
