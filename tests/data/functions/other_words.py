"""Other words for the same: options in a dictionary, padding in the code, gradients without the layer's name."""

import numpy as np


def max_pool_fwd(x, pool_param):
    k, s = pool_param["pool_size"], pool_param["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::s, ::s]
    flat = windows.reshape(*windows.shape[:4], k * k)
    return flat.max(-1), (x.shape, flat.argmax(-1), k, s)


def max_pool_bwd(dout, cache):
    shape, winner, k, s = cache
    dx = np.zeros(shape)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(winner[n, c, i, j], k)
        dx[n, c, i * s + row, j * s + column] += dout[n, c, i, j]
    return dx


def dropout(x, keep_prob, rng, train=True):
    if not train:
        return x, None
    mask = (rng.random(x.shape) < keep_prob) / keep_prob
    return x * mask, mask


def dropout_backward(dy, mask):
    return dy if mask is None else dy * mask


def bn_forward(x, gamma, beta):
    """x (N, H, W, C); the eps stands here."""
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    hat = (x - mean) / np.sqrt(var + 2e-4)
    return gamma * hat + beta, (hat, gamma, np.sqrt(var + 2e-4))


def bn_backward(dy, cache):
    hat, gamma, std = cache
    m = hat.size // hat.shape[-1]
    d_gamma, d_beta = (dy * hat).sum((0, 1, 2)), dy.sum((0, 1, 2))
    return gamma / std * (dy - d_beta / m - hat * d_gamma / m), d_gamma, d_beta


def same_conv(img, ker):
    """Odd filters; the size stays."""
    top, left = ker.shape[2] // 2, ker.shape[3] // 2
    padded = np.pad(img, ((0, 0), (0, 0), (top, top), (left, left)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, ker.shape[2:], axis=(2, 3))
    return np.einsum("ncijkl,fckl->nfij", windows, ker)


def grad_img(d_out, img, ker):
    top, left = ker.shape[2] // 2, ker.shape[3] // 2
    padded = np.pad(d_out, ((0, 0), (0, 0), (top, top), (left, left)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, ker.shape[2:], axis=(2, 3))
    return np.einsum("nfijkl,fckl->ncij", windows, ker[:, :, ::-1, ::-1])


def grad_ker(d_out, img, ker):
    top, left = ker.shape[2] // 2, ker.shape[3] // 2
    padded = np.pad(img, ((0, 0), (0, 0), (top, top), (left, left)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, ker.shape[2:], axis=(2, 3))
    return np.einsum("nfij,ncijkl->fckl", d_out, windows)
