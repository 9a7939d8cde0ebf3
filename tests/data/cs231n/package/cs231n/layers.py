from builtins import range
import numpy as np
import matplotlib.pyplot as plt

plt.rcParams['figure.figsize'] = (10.0, 8.0)


def show_filters(w):
    plt.imshow(np.hstack([f.transpose(1, 2, 0) for f in w]))
    plt.show()


def affine_forward(x, w, b):
    flat = x.reshape(x.shape[0], np.prod(x.shape[1:]))
    return np.matmul(flat, w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(x.shape[0], np.prod(x.shape[1:]))
    return np.matmul(dout, w.T).reshape(*x.shape), np.matmul(flat.T, dout), np.ones(len(dout)).dot(dout)


def relu_forward(x):
    return np.maximum(x, 0.0), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    running_mean = bn_param.get('running_mean', np.zeros(D))
    running_var = bn_param.get('running_var', np.zeros(D))

    if bn_param['mode'] == 'test':
        scale = gamma / np.sqrt(running_var + eps)
        return x * scale + (beta - running_mean * scale), None

    mu, var = x.mean(0), x.var(0)
    sigma = np.sqrt(var + eps)
    z = (x - mu) / sigma
    bn_param['running_mean'] = running_mean - (1 - momentum) * (running_mean - mu)
    bn_param['running_var'] = running_var - (1 - momentum) * (running_var - var)
    return gamma * z + beta, (z, sigma, gamma)


def batchnorm_backward(dout, cache):
    z, sigma, gamma = cache
    N = len(dout)
    dz = dout * gamma
    dx = (dz - (dz.sum(0) + z * (dz * z).sum(0)) / N) / sigma
    return dx, (dout * z).sum(0), dout.sum(0)


batchnorm_backward_alt = batchnorm_backward


def layernorm_forward(x, gamma, beta, ln_param):
    # batch norm of the transpose, with ones and zeros
    eps = ln_param.get('eps', 1e-5)
    one = np.ones(1)
    z, inner = batchnorm_forward(x.T, one, 0 * one, {'mode': 'train', 'eps': eps})
    return gamma * z.T + beta, (inner, gamma)


def layernorm_backward(dout, cache):
    inner, gamma = cache
    z = inner[0].T
    dx, _, _ = batchnorm_backward((dout * gamma).T, inner)
    return dx.T, (dout * z).sum(0), dout.sum(0)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = np.ones(x.shape)
    if mode == 'train':
        mask = (np.random.random_sample(x.shape) < p) / p
    return x * mask, (dropout_param, mask)


def dropout_backward(dout, cache):
    return dout * cache[1]


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    out_h, out_w = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    padded = np.pad(x, [(0,), (0,), (pad,), (pad,)], mode='constant')
    out = np.zeros((N, F, out_h, out_w)) + b[:, None, None]
    # over the filter instead of over the image
    for k in range(HH):
        for l in range(WW):
            part = padded[:, :, k:k + stride * out_h:stride, l:l + stride * out_w:stride]
            out += np.einsum('nchw,fc->nfhw', part, w[:, :, k, l])
    return out, (x, padded, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, padded, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    H, W = x.shape[2:]
    out_h, out_w = dout.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for k in range(w.shape[2]):
        for l in range(w.shape[3]):
            here = np.s_[:, :, k:k + stride * out_h:stride, l:l + stride * out_w:stride]
            dw[:, :, k, l] = np.einsum('nfhw,nchw->fc', dout, padded[here])
            dpadded[here] += np.einsum('nfhw,fc->nchw', dout, w[:, :, k, l])
    return dpadded[:, :, pad:H + pad, pad:W + pad], dw, np.einsum('nfhw->f', dout)


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    out = np.array([[x[:, :, i:i + ph, j:j + pw].max(axis=(2, 3)) for j in range(0, W - pw + 1, s)]
                    for i in range(0, H - ph + 1, s)])
    return out.transpose(2, 3, 0, 1), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s:i * s + ph, j * s:j * s + pw]
        # the last one, if there are several
        k, l = np.argwhere(window == window.max())[-1]
        dx[n, c, i * s + k, j * s + l] += dout[n, c, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 3, 2, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, W, H, C).transpose(0, 3, 2, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 3, 2, 1).reshape(-1, C), cache)
    return dx.reshape(N, W, H, C).transpose(0, 3, 2, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    one = np.ones(1)
    z, inner = layernorm_forward(x.reshape(N * G, -1), one, 0 * one, gn_param)
    z = z.reshape(N, C, H, W)
    return gamma * z + beta, (z, inner, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    z, inner, gamma, G = cache
    N, C, H, W = dout.shape
    dx, _, _ = layernorm_backward((dout * gamma).reshape(N * G, -1), inner)
    axis = (0, 2, 3)
    return dx.reshape(N, C, H, W), np.sum(dout * z, axis=axis, keepdims=True), np.sum(dout, axis=axis, keepdims=True)


def svm_loss(x, y):
    N = x.shape[0]
    right = x[np.arange(N), y]
    margins = np.maximum(0, x - right[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return np.sum(margins) / N, dx


def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    loss = -np.sum(shifted[range(N), y] - np.log(np.exp(shifted).sum(axis=1))) / N
    dx = probs.copy()
    dx[range(N), y] -= 1
    return loss, dx / N
