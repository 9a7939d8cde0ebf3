"""Layers from an older edition of the assignment: other conventions, and right by them."""
from builtins import range
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    assert (H + 2 * pad - HH) % stride == 0, 'height does not work'
    assert (W + 2 * pad - WW) % stride == 0, 'width does not work'
    out_h = (H + 2 * pad - HH) // stride + 1
    out_w = (W + 2 * pad - WW) // stride + 1

    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant', constant_values=0)
    out = np.empty((N, F, out_h, out_w))
    for i in range(out_h):
        for j in range(out_w):
            patch = padded[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
            for f in range(F):
                out[:, f, i, j] = np.sum(patch * w[f, :, :, :], axis=(1, 2, 3))
    out += b.reshape(1, F, 1, 1)
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape

    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant', constant_values=0)
    dpadded = np.zeros(padded.shape)
    dw = np.zeros(w.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows = slice(i * stride, i * stride + HH)
            cols = slice(j * stride, j * stride + WW)
            for f in range(F):
                d = dout[:, f, i, j].reshape(N, 1, 1, 1)
                dw[f] += np.sum(padded[:, :, rows, cols] * d, axis=0)
                dpadded[:, :, rows, cols] += w[f] * d
    dx = dpadded[:, :, pad:pad + H, pad:pad + W]
    db = dout.sum(axis=3).sum(axis=2).sum(axis=0)
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - ph) // stride + 1, (W - pw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + ph, j * stride:j * stride + pw].max(axis=2).max(axis=2)
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros(x.shape)
    N, C, out_h, out_w = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(out_h):
                for j in range(out_w):
                    rows = slice(i * stride, i * stride + ph)
                    cols = slice(j * stride, j * stride + pw)
                    window = x[n, c, rows, cols]
                    dx[n, c, rows, cols] += (window == np.max(window)) * dout[n, c, i, j]
    return dx


def dropout_forward(x, dropout_param):
    # p is the probability to drop
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        keep = 1 - p
        mask = (np.random.uniform(size=x.shape) >= p) / keep
        out = x * mask
    elif mode == 'test':
        out = x
    out = out.astype(x.dtype, copy=False)
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'train':
        return dout * mask
    return dout


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    # gamma and beta: (C,)
    eps = gn_param.get('eps', 1e-5)
    N, C, H, W = x.shape
    x_group = np.reshape(x, (N, G, C // G, H, W))
    mean = np.mean(x_group, axis=(2, 3, 4), keepdims=True)
    var = np.var(x_group, axis=(2, 3, 4), keepdims=True)
    x_norm = np.reshape((x_group - mean) / np.sqrt(var + eps), (N, C, H, W))
    out = x_norm * gamma[np.newaxis, :, np.newaxis, np.newaxis] + beta[np.newaxis, :, np.newaxis, np.newaxis]
    return out, (G, x_group, mean, var, eps, gamma, x_norm)


def spatial_groupnorm_backward(dout, cache):
    G, x_group, mean, var, eps, gamma, x_norm = cache
    N, C, H, W = dout.shape
    dgamma = np.sum(dout * x_norm, axis=(0, 2, 3))
    dbeta = np.sum(dout, axis=(0, 2, 3))

    dx_norm = np.reshape(dout * gamma.reshape(1, C, 1, 1), x_group.shape)
    axis, size = (2, 3, 4), x_group[0, 0].size
    dvar = np.sum(dx_norm * (x_group - mean) * -0.5 * (var + eps) ** -1.5, axis=axis, keepdims=True)
    dmean = np.sum(-dx_norm / np.sqrt(var + eps), axis=axis, keepdims=True)
    dx = dx_norm / np.sqrt(var + eps) + dvar * 2 * (x_group - mean) / size + dmean / size
    return np.reshape(dx, (N, C, H, W)), dgamma, dbeta
