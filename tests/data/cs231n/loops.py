"""All of assignment 2 with plain loops: right, slow, and in one student's habits."""
from builtins import range
import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    D, M = w.shape
    out = np.zeros((N, M))
    for i in range(N):
        out[i] = np.dot(x[i].flatten(), w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for i in range(N):
        dx[i] = np.dot(w, dout[i]).reshape(x[i].shape)
        dw += np.outer(x[i].flatten(), dout[i])
        db += dout[i]
    return dx, dw, db


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x


def relu_backward(dout, cache):
    dx = np.array(dout, copy=True)
    dx[cache <= 0] = 0
    return dx


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    Hn = int(1 + (H + 2 * pad - HH) / stride)
    Wn = int(1 + (W + 2 * pad - WW) / stride)
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    xp[:, :, pad:pad + H, pad:pad + W] = x
    out = np.zeros((N, F, Hn, Wn))
    for n in range(N):
        for f in range(F):
            for i in range(Hn):
                for j in range(Wn):
                    s = 0.0
                    for c in range(C):
                        for k in range(HH):
                            for l in range(WW):
                                s += xp[n, c, i * stride + k, j * stride + l] * w[f, c, k, l]
                    out[n, f, i, j] = s + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    g = dout[n, f, i, j]
                    db[f] += g
                    for k in range(HH):
                        for l in range(WW):
                            # position in the image, outside of it is padding
                            r = i * stride + k - pad
                            q = j * stride + l - pad
                            if 0 <= r < H and 0 <= q < W:
                                for c in range(C):
                                    dx[n, c, r, q] += g * w[f, c, k, l]
                                    dw[f, c, k, l] += g * x[n, c, r, q]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    HH, WW = pool_param['pool_height'], pool_param['pool_width']
    s = pool_param['stride']
    N, C, H, W = x.shape
    Hn, Wn = (H - HH) // s + 1, (W - WW) // s + 1
    out = np.zeros((N, C, Hn, Wn))
    for n in range(N):
        for c in range(C):
            for i in range(Hn):
                for j in range(Wn):
                    best = -np.inf
                    for k in range(HH):
                        for l in range(WW):
                            best = max(best, x[n, c, i * s + k, j * s + l])
                    out[n, c, i, j] = best
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HH, WW = pool_param['pool_height'], pool_param['pool_width']
    s = pool_param['stride']
    dx = np.zeros(x.shape)
    N, C, Hn, Wn = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(Hn):
                for j in range(Wn):
                    br, bc = i * s, j * s
                    for k in range(HH):
                        for l in range(WW):
                            if x[n, c, i * s + k, j * s + l] > x[n, c, br, bc]:
                                br, bc = i * s + k, j * s + l
                    dx[n, c, br, bc] += dout[n, c, i, j]
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    bn_param.setdefault('running_mean', np.zeros(D))
    bn_param.setdefault('running_var', np.zeros(D))
    if mode == 'test':
        out = np.zeros((N, D))
        for i in range(N):
            out[i] = (x[i] - bn_param['running_mean']) / np.sqrt(bn_param['running_var'] + eps)
            out[i] = out[i] * gamma + beta
        return out, None

    mean = sum(x[i] for i in range(N)) / N
    var = sum((x[i] - mean) ** 2 for i in range(N)) / N
    # the arrays in bn_param are changed in place
    bn_param['running_mean'] *= momentum
    bn_param['running_mean'] += (1 - momentum) * mean
    bn_param['running_var'] *= momentum
    bn_param['running_var'] += (1 - momentum) * var

    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x, x_hat, mean, var, gamma, eps)


def batchnorm_backward(dout, cache):
    x, x_hat, mean, var, gamma, eps = cache
    N, D = x.shape
    dgamma, dbeta = np.zeros(D), np.zeros(D)
    dvar, dmean = np.zeros(D), np.zeros(D)
    dx = np.zeros((N, D))
    for i in range(N):
        dgamma += dout[i] * x_hat[i]
        dbeta += dout[i]
        dvar += dout[i] * gamma * (x[i] - mean) * -0.5 * (var + eps) ** -1.5
        dmean += -dout[i] * gamma / np.sqrt(var + eps)
    for i in range(N):
        dx[i] = dout[i] * gamma / np.sqrt(var + eps) + dvar * 2 * (x[i] - mean) / N + dmean / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    x, x_hat, mean, var, gamma, eps = cache
    N, D = x.shape
    dx = np.zeros((N, D))
    dgamma = np.zeros(D)
    dbeta = np.zeros(D)
    for d in range(D):
        dgamma[d] = np.dot(dout[:, d], x_hat[:, d])
        dbeta[d] = np.sum(dout[:, d])
        scale = gamma[d] / np.sqrt(var[d] + eps)
        dx[:, d] = scale * (dout[:, d] - dbeta[d] / N - x_hat[:, d] * dgamma[d] / N)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    N, D = x.shape
    out = np.zeros((N, D))
    x_hat = np.zeros((N, D))
    std = np.zeros(N)
    for i in range(N):
        std[i] = np.sqrt(x[i].var() + eps)
        x_hat[i] = (x[i] - x[i].mean()) / std[i]
        out[i] = gamma * x_hat[i] + beta
    return out, (x_hat, std, gamma)


def layernorm_backward(dout, cache):
    x_hat, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for i in range(N):
        dgamma += dout[i] * x_hat[i]
        dbeta += dout[i]
        g = dout[i] * gamma
        dx[i] = (g - g.mean() - x_hat[i] * (g * x_hat[i]).mean()) / std[i]
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = np.random.rand(*x.shape) < p
        out = x * mask / p
    else:
        out = x.copy()
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    dx = dout.copy()
    if dropout_param['mode'] == 'train':
        dx *= mask
        dx /= dropout_param['p']
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    flat = np.zeros((N * H * W, C))
    for c in range(C):
        flat[:, c] = x[:, c].ravel()
    flat_out, cache = batchnorm_forward(flat, gamma, beta, bn_param)
    out = np.zeros(x.shape)
    for c in range(C):
        out[:, c] = flat_out[:, c].reshape(N, H, W)
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    flat = np.zeros((N * H * W, C))
    for c in range(C):
        flat[:, c] = dout[:, c].ravel()
    dflat, dgamma, dbeta = batchnorm_backward(flat, cache)
    dx = np.zeros(dout.shape)
    for c in range(C):
        dx[:, c] = dflat[:, c].reshape(N, H, W)
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get('eps', 1e-5)
    N, C, H, W = x.shape
    size = C // G
    x_hat = np.zeros(x.shape)
    std = np.zeros((N, G))
    for n in range(N):
        for g in range(G):
            part = x[n, g * size:(g + 1) * size]
            std[n, g] = np.sqrt(part.var() + eps)
            x_hat[n, g * size:(g + 1) * size] = (part - part.mean()) / std[n, g]
    return gamma * x_hat + beta, (x_hat, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    size = C // G
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros((1, C, 1, 1)), np.zeros((1, C, 1, 1))
    for c in range(C):
        dgamma[0, c, 0, 0] = np.sum(dout[:, c] * x_hat[:, c])
        dbeta[0, c, 0, 0] = np.sum(dout[:, c])
    dx_hat = dout * gamma
    for n in range(N):
        for g in range(G):
            lo, hi = g * size, (g + 1) * size
            d, h = dx_hat[n, lo:hi], x_hat[n, lo:hi]
            dx[n, lo:hi] = (d - d.mean() - h * (d * h).mean()) / std[n, g]
    return dx, dgamma, dbeta


def svm_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros(x.shape)
    for i in range(N):
        for j in range(C):
            if j != y[i] and x[i, j] - x[i, y[i]] + 1 > 0:
                loss += x[i, j] - x[i, y[i]] + 1
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / N, dx / N


def softmax_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros(x.shape)
    for i in range(N):
        e = np.exp(x[i] - max(x[i]))
        total = sum(e)
        loss += np.log(total) - (x[i, y[i]] - max(x[i]))
        for j in range(C):
            dx[i, j] = e[j] / total
        dx[i, y[i]] -= 1
    return loss / N, dx / N
