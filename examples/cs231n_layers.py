"""
Assignment 2, layers.py -- a student-style example.

Most of this file is right. Six of its functions have one mistake each, of the kind that
really gets handed in. To see which ones, and why:

    gradcheck verify examples/cs231n_layers.py
"""
from builtins import range

import numpy as np


# ---------------------------------------------------------------- fully connected, relu


def affine_forward(x, w, b):
    # every example becomes one long row: (N, d1, ..., dk) -> (N, D)
    rows = x.reshape(x.shape[0], -1)
    out = rows.dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    dx = dout.dot(w.T).reshape(x.shape)
    dw = rows.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


# ---------------------------------------------------------------- losses


def svm_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros_like(x)
    for i in range(N):
        correct = x[i, y[i]]
        for j in range(C):
            if j == y[i]:
                continue
            margin = x[i, j] - correct + 1  # delta = 1
            if margin > 0:
                loss += margin
                dx[i, j] += 1
            # each wrong class pushes the score of the correct class up
            dx[i, y[i]] -= 1
    loss /= N
    dx /= N
    return loss, dx


def softmax_loss(x, y):
    N = x.shape[0]
    # shift by the row max so that exp() can't overflow, work with logs
    shifted = x - np.max(x, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    log_probs = shifted - log_sum
    loss = -np.sum(log_probs[np.arange(N), y]) / N

    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


# ---------------------------------------------------------------- batch norm


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)

    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))

    out, cache = None, None
    if mode == 'train':
        mu = np.mean(x, axis=0)
        xmu = x - mu
        var = np.mean(xmu ** 2, axis=0)
        std = np.sqrt(var + eps)
        xhat = xmu / std
        out = gamma * xhat + beta
        cache = (xhat, xmu, std, gamma)

        # exponential average, used at test time
        running_mean = (1 - momentum) * running_mean + momentum * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == 'test':
        xhat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * xhat + beta
    else:
        raise ValueError('Unknown batchnorm mode "%s"' % mode)

    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    # step by step backwards through the graph
    xhat, xmu, std, gamma = cache
    N = dout.shape[0]

    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma

    # xhat = xmu * (1 / std)
    dxmu = dxhat / std
    dinvstd = np.sum(dxhat * xmu, axis=0)
    # 1 / std  ->  std  ->  var
    dstd = -dinvstd / std ** 2
    dvar = 0.5 * dstd / std
    # var = mean(xmu^2)
    dxmu = dxmu + 2.0 / N * xmu * dvar
    # xmu = x - mu, and mu depends on x too
    dmu = -np.sum(dxmu, axis=0)
    dx = dxmu + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    # the same after simplifying on paper
    xhat, xmu, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


# ---------------------------------------------------------------- layer norm


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    # like batch norm, but along the features of each example
    mu = np.mean(x, axis=1, keepdims=True)
    xmu = x - mu
    var = np.mean(xmu ** 2, axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = xmu / std
    out = gamma * xhat + beta
    cache = (xhat, xmu, std, gamma)
    return out, cache


def layernorm_backward(dout, cache):
    xhat, xmu, std, gamma = cache
    D = dout.shape[1]

    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)

    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=1, keepdims=True) * -0.5 / std ** 3
    dx = dxhat / std + dvar * 2.0 * xmu / D
    return dx, dgamma, dbeta


# ---------------------------------------------------------------- dropout


def dropout_forward(x, dropout_param):
    # p is the probability to KEEP a neuron
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])

    mask = None
    out = None
    if mode == 'train':
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    elif mode == 'test':
        out = x

    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param['mode']
    dx = None
    if mode == 'train':
        dx = (dout * mask).astype(dout.dtype, copy=False)
    elif mode == 'test':
        dx = dout
    return dx


# ---------------------------------------------------------------- convolution


def conv_forward_naive(x, w, b, conv_param):
    stride = conv_param['stride']
    pad = conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape

    # only pad height and width
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_out, W_out), dtype=x.dtype)

    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    h0 = i * stride
                    w0 = j * stride
                    window = x_pad[n, :, h0:h0 + HH, w0:w0 + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]

    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride = conv_param['stride']
    pad = conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape

    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)

    # bias is added everywhere, so sum up everything but the filters
    db = np.sum(dout, axis=(0, 2, 3))

    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    h0 = i * stride
                    w0 = j * stride
                    window = x_pad[n, :, h0:h0 + HH, w0:w0 + WW]
                    dw[f] += dout[n, f, i, j] * window
                    dx_pad[n, :, i:i + HH, j:j + WW] += dout[n, f, i, j] * w[f]

    # remove the padding again
    dx = dx_pad[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db


# ---------------------------------------------------------------- max pooling


def max_pool_forward_naive(x, pool_param):
    ph, pw = pool_param['pool_height'], pool_param['pool_width']
    stride = pool_param['stride']
    N, C, H, W = x.shape
    H_out = 1 + (H - ph) // stride
    W_out = 1 + (W - pw) // stride
    out = np.zeros((N, C, H_out, W_out), dtype=x.dtype)

    for i in range(H_out):
        for j in range(W_out):
            window = x[:, :, i * stride:i * stride + ph, j * stride:j * stride + pw]
            out[:, :, i, j] = np.max(window, axis=(2, 3))

    cache = (x, pool_param)
    return out, cache


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw = pool_param['pool_height'], pool_param['pool_width']
    stride = pool_param['stride']
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)

    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    h0, w0 = i * stride, j * stride
                    window = x[n, c, h0:h0 + ph, w0:w0 + pw]
                    # only the winner gets the gradient
                    row, col = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, h0 + row, w0 + col] = dout[n, c, i, j]
    return dx


# ---------------------------------------------------------------- spatial batch norm


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)

    N, C, H, W = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(C, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(C, dtype=x.dtype))

    # one mean and one variance per channel
    if mode == 'train':
        mu = np.mean(x, axis=(0, 2, 3))
        var = np.var(x, axis=(0, 2, 3))
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == 'test':
        mu, var = running_mean, running_var
    else:
        raise ValueError('Unknown batchnorm mode "%s"' % mode)

    std = np.sqrt(var + eps).reshape(1, C, 1, 1)
    xmu = x - mu.reshape(1, C, 1, 1)
    xhat = xmu / std
    out = gamma.reshape(1, C, 1, 1) * xhat + beta.reshape(1, C, 1, 1)
    cache = (xhat, xmu, std, gamma) if mode == 'train' else None

    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    # every pixel is one more example: use the vanilla version on (N*H*W, C)
    xhat, xmu, std, gamma = cache
    N, C, H, W = dout.shape

    def flat(t):
        return t.transpose(0, 2, 3, 1).reshape(-1, C)

    flat_cache = (flat(xhat), flat(xmu), std.reshape(C), gamma)
    dx, dgamma, dbeta = batchnorm_backward(flat(dout), flat_cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


# ---------------------------------------------------------------- spatial group norm


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get('eps', 1e-5)
    N, C, H, W = x.shape

    # split the channels into groups, each (example, group) is normalized alone
    xg = x.reshape(N, G, C // G, H, W)
    mu = np.mean(xg, axis=(2, 3, 4), keepdims=True)
    var = np.var(xg, axis=(2, 3, 4), keepdims=True)
    std = np.sqrt(var + eps)
    xhat = ((xg - mu) / std).reshape(N, C, H, W)

    out = gamma * xhat + beta
    cache = (xhat, std, gamma, G)
    return out, cache


def spatial_groupnorm_backward(dout, cache):
    xhat, std, gamma, G = cache
    N, C, H, W = dout.shape

    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dgamma = np.sum(dout * xhat, axis=(0, 2, 3), keepdims=True)

    # same formula as batch norm alt, m = numbers in one group
    m = C * H * W / N
    dxhat = (dout * gamma).reshape(N, G, C // G, H, W)
    xg = xhat.reshape(N, G, C // G, H, W)
    sum1 = np.sum(dxhat, axis=(2, 3, 4), keepdims=True)
    sum2 = np.sum(dxhat * xg, axis=(2, 3, 4), keepdims=True)
    dx = (dxhat - sum1 / m - xg * sum2 / m) / std
    return dx.reshape(N, C, H, W), dgamma, dbeta
