"""Layers, and functions that call several of them in turn, as in the course's layer_utils.py."""

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def leaky_forward(x):
    return np.where(x > 0, x, 0.1 * x), x


def batchnorm_forward(x, gamma, beta, bn_param):
    hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + bn_param.get("eps", 1e-5))
    return gamma * hat + beta, (hat, gamma, x.var(axis=0) + bn_param.get("eps", 1e-5))


def batchnorm_backward(dout, cache):
    hat, gamma, var = cache
    dhat = dout * gamma
    dx = (dhat - dhat.mean(axis=0) - hat * (dhat * hat).mean(axis=0)) / np.sqrt(var)
    return dx, (dout * hat).sum(axis=0), dout.sum(axis=0)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    n, c, h, w = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, c), gamma, beta, bn_param)
    return out.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, c), cache)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta


def windows(x, kh, kw, stride):
    found = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return found[:, :, ::stride, ::stride]


def conv_forward_naive(x, w, b, conv_param):
    pad = conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    seen = windows(padded, *w.shape[2:], conv_param["stride"])
    out = np.einsum("nchwij,fcij->nfhw", seen, w) + b[:, None, None]
    return out, (padded, w, conv_param)


def conv_backward_naive(dout, cache):
    padded, w, conv_param = cache
    s, pad = conv_param["stride"], conv_param["pad"]
    dpadded = np.zeros(padded.shape)
    for i, j in np.ndindex(*dout.shape[2:]):
        rows, columns = slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3])
        dpadded[:, :, rows, columns] += np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
    dw = np.einsum("nfhw,nchwij->fcij", dout, windows(padded, *w.shape[2:], s))
    h, width = padded.shape[2:]
    return dpadded[:, :, pad : h - pad, pad : width - pad], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    kh, kw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    return windows(x, kh, kw, s).max(axis=(4, 5)), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    kh, kw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        seen = x[n, c, i * s : i * s + kh, j * s : j * s + kw]
        a, b = np.unravel_index(seen.argmax(), seen.shape)
        dx[n, c, i * s + a, j * s + b] += dout[n, c, i, j]
    return dx


def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, fc_cache)


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a, fc_cache = affine_forward(x, w, b)
    hat, bn_cache = batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(hat)
    return out, (fc_cache, bn_cache, relu_cache)


def affine_bn_relu_backward(dout, cache):
    fc_cache, bn_cache, relu_cache = cache
    dhat = relu_backward(dout, relu_cache)
    da, dgamma, dbeta = batchnorm_backward(dhat, bn_cache)
    dx, dw, db = affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_forward(x, w, b, conv_param):
    a, conv_cache = conv_forward_naive(x, w, b, conv_param)
    return np.maximum(a, 0), (conv_cache, a)


def conv_relu_backward(dout, cache):
    conv_cache, a = cache
    return conv_backward_naive(np.where(a > 0, dout, 0), conv_cache)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, conv_cache = conv_forward_naive(x, w, b, conv_param)
    normed, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normed)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache):
    conv_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, relu_cache), bn_cache)
    dx, dw, db = conv_backward_naive(da, conv_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv_cache = conv_forward_naive(x, w, b, conv_param)
    s, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_naive(s, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache):
    conv_cache, relu_cache, pool_cache = cache
    ds = max_pool_backward_naive(dout, pool_cache)
    return conv_backward_naive(relu_backward(ds, relu_cache), conv_cache)
