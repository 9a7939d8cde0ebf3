"""Channels last under a framework's names, and words for the padding."""

import numpy as np


def _pads(size, kernel, stride, padding):
    if padding == "VALID":
        return (size - kernel) // stride + 1, 0, 0
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return out, total // 2, total - total // 2


def conv2d(input, filters, strides=1, padding="SAME"):
    """input (N, H, W, C), filters (kh, kw, C, F)."""
    kh, kw = filters.shape[:2]
    oh, top, bottom = _pads(input.shape[1], kh, strides, padding)
    ow, left, right = _pads(input.shape[2], kw, strides, padding)
    x = np.pad(input, ((0, 0), (top, bottom), (left, right), (0, 0)))
    out = np.zeros((len(x), oh, ow, filters.shape[3]))
    for k, l in np.ndindex(kh, kw):
        out += x[:, k : k + strides * oh : strides, l : l + strides * ow : strides][:, :oh, :ow] @ filters[k, l]
    return out


def conv2d_grad(dy, input, filters, strides=1, padding="SAME"):
    kh, kw = filters.shape[:2]
    oh, top, bottom = _pads(input.shape[1], kh, strides, padding)
    ow, left, right = _pads(input.shape[2], kw, strides, padding)
    x = np.pad(input, ((0, 0), (top, bottom), (left, right), (0, 0)))
    dx, dw = np.zeros(x.shape), np.zeros(filters.shape)
    for k, l in np.ndindex(kh, kw):
        at = np.s_[:, k : k + strides * (oh - 1) + 1 : strides, l : l + strides * (ow - 1) + 1 : strides]
        dx[at] += dy @ filters[k, l].T
        dw[k, l] = np.tensordot(x[at], dy, ([0, 1, 2], [0, 1, 2]))
    return dx[:, top : top + input.shape[1], left : left + input.shape[2]], dw


def batch_norm_2d(x, scale, shift, epsilon=1e-5):
    """x (N, H, W, C)."""
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    hat = (x - mean) / np.sqrt(var + epsilon)
    return scale * hat + shift, (hat, scale, var + epsilon)


def batch_norm_2d_backward(dy, cache):
    hat, scale, spread = cache
    count = hat.size // hat.shape[-1]
    d_scale, d_shift = (dy * hat).sum((0, 1, 2)), dy.sum((0, 1, 2))
    dx = scale / np.sqrt(spread) * (dy - d_shift / count - hat * d_scale / count)
    return dx, d_scale, d_shift
