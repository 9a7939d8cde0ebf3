"""Convolutions along one axis, through volumes and channel by channel; poolings to a mean; two more norms."""

import numpy as np


def conv1d_forward(x, w, b, stride=1, pad=0):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    N, F, k = len(x), len(w), w.shape[2]
    length = (xp.shape[2] - k) // stride + 1
    out = np.zeros((N, F, length), dtype=x.dtype)
    for i in range(length):
        window = xp[:, :, i * stride : i * stride + k]
        out[:, :, i] = np.tensordot(window, w, axes=([1, 2], [1, 2])) + b
    return out, (x, w, b, stride, pad)


def conv1d_backward(dout, cache):
    x, w, b, stride, pad = cache
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2))
    for i in range(dout.shape[2]):
        at = np.s_[:, :, i * stride : i * stride + w.shape[2]]
        dxp[at] += np.tensordot(dout[:, :, i], w, axes=(1, 0))
        dw += np.tensordot(dout[:, :, i], xp[at], axes=(0, 0))
    return dxp[:, :, pad : pad + x.shape[2]], dw, db


def conv3d(x, weight, bias, stride=1, padding=0):
    xp = np.pad(x, ((0, 0), (0, 0), *((padding, padding),) * 3))
    kernel = weight.shape[2:]
    size = [(extent - k) // stride + 1 for extent, k in zip(xp.shape[2:], kernel)]
    out = np.zeros((len(x), len(weight), *size), dtype=x.dtype)
    for at in np.ndindex(*size):
        window = xp[(..., *(slice(i * stride, i * stride + k) for i, k in zip(at, kernel)))]
        out[(..., *at)] = np.tensordot(window, weight, axes=([1, 2, 3, 4], [1, 2, 3, 4])) + bias
    return out


def conv3d_backward(dout, x, weight, bias, stride=1, padding=0):
    xp = np.pad(x, ((0, 0), (0, 0), *((padding, padding),) * 3))
    kernel = weight.shape[2:]
    dxp, dw = np.zeros_like(xp), np.zeros_like(weight)
    for at in np.ndindex(*dout.shape[2:]):
        window = (..., *(slice(i * stride, i * stride + k) for i, k in zip(at, kernel)))
        here = dout[(..., *at)]
        dxp[window] += np.tensordot(here, weight, axes=(1, 0))
        dw += np.tensordot(here, xp[window], axes=(0, 0))
    inside = (..., *(slice(padding, padding + extent) for extent in x.shape[2:]))
    return dxp[inside], dw, dout.sum(axis=(0, 2, 3, 4))


def depthwise_conv2d(x, w, stride=1, padding=0):
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    each, (kh, kw) = len(w) // x.shape[1], w.shape[2:]
    oh, ow = ((extent - k) // stride + 1 for extent, k in zip(xp.shape[2:], (kh, kw)))
    out = np.zeros((len(x), len(w), oh, ow), dtype=x.dtype)
    for f, i, j in np.ndindex(len(w), oh, ow):
        window = xp[:, f // each, i * stride : i * stride + kh, j * stride : j * stride + kw]
        out[:, f, i, j] = (window * w[f, 0]).sum(axis=(1, 2))
    return out


def depthwise_conv2d_backward(dout, x, w, stride=1, padding=0):
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    each, (kh, kw) = len(w) // x.shape[1], w.shape[2:]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for f, i, j in np.ndindex(*dout.shape[1:]):
        at = np.s_[:, f // each, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dxp[at] += dout[:, f, i, j, None, None] * w[f, 0]
        dw[f, 0] += (dout[:, f, i, j, None, None] * xp[at]).sum(axis=0)
    return dxp[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]], dw


def global_avg_pool(x):
    return x.mean(axis=(2, 3)), x.shape


def global_avg_pool_backward(dout, shape):
    return np.broadcast_to(dout[:, :, None, None] / (shape[2] * shape[3]), shape).copy()


def adaptive_avg_pool2d(x, output_size):
    rows, columns = output_size
    height, width = x.shape[2:]
    out = np.zeros((*x.shape[:2], rows, columns), dtype=x.dtype)
    for i, j in np.ndindex(rows, columns):
        top, bottom = i * height // rows, -(-(i + 1) * height // rows)
        left, right = j * width // columns, -(-(j + 1) * width // columns)
        out[:, :, i, j] = x[:, :, top:bottom, left:right].mean(axis=(2, 3))
    return out


def adaptive_avg_pool2d_backward(dout, x, output_size):
    rows, columns = output_size
    height, width = x.shape[2:]
    dx = np.zeros_like(x)
    for i, j in np.ndindex(rows, columns):
        top, bottom = i * height // rows, -(-(i + 1) * height // rows)
        left, right = j * width // columns, -(-(j + 1) * width // columns)
        share = dout[:, :, i, j] / ((bottom - top) * (right - left))
        dx[:, :, top:bottom, left:right] += share[:, :, None, None]
    return dx


def rms_norm_forward(x, gamma, eps=1e-6):
    rms = np.sqrt((x**2).mean(axis=-1, keepdims=True) + x.dtype.type(eps))
    return gamma * x / rms, (x, gamma, rms)


def rms_norm_backward(dout, cache):
    x, gamma, rms = cache
    hat = x / rms
    dhat = dout * gamma
    dx = (dhat - hat * (dhat * hat).mean(axis=-1, keepdims=True)) / rms
    return dx, (dout * hat).reshape(-1, len(gamma)).sum(axis=0)


def instance_norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
    std = np.sqrt(var + x.dtype.type(eps))
    hat = (x - mean) / std
    return gamma[:, None, None] * hat + beta[:, None, None], (hat, std, gamma)


def instance_norm_backward(dout, cache):
    hat, std, gamma = cache
    dhat = gamma[:, None, None] * dout
    slope = (dhat * hat).mean(axis=(2, 3), keepdims=True)
    dx = (dhat - dhat.mean(axis=(2, 3), keepdims=True) - hat * slope) / std
    return dx, (dout * hat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
