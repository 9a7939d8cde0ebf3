"""All of assignment 2 without a loop over pixels: right, in a hand that likes einsum."""
import numpy as np
from numpy.lib.stride_tricks import as_strided


def affine_forward(x, w, b):
    out = x.reshape((len(x), -1)) @ w + b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = np.reshape(dout @ w.T, x.shape)
    dw = x.reshape((len(x), -1)).T @ dout
    db = dout.sum(axis=0, keepdims=True)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    return dout * (x > 0)


def _windows(x, kh, kw, s):
    """A view (N, C, OH, OW, kh, kw) of all windows."""
    N, C, H, W = x.shape
    sN, sC, sH, sW = x.strides
    shape = (N, C, (H - kh) // s + 1, (W - kw) // s + 1, kh, kw)
    return as_strided(x, shape, (sN, sC, s * sH, s * sW, sH, sW), writeable=False)


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    cols = _windows(xp, w.shape[2], w.shape[3], s)
    out = np.tensordot(cols, w, axes=([1, 4, 5], [1, 2, 3]))
    out = out.transpose(0, 3, 1, 2) + b[None, :, None, None]
    return out, (xp, w, x.shape, s, p)


def conv_backward_naive(dout, cache):
    xp, w, (N, C, H, W), s, p = cache
    kh, kw = w.shape[2:]
    cols = _windows(xp, kh, kw, s)
    dw = np.einsum('nfij,ncijkl->fckl', dout, cols)
    db = np.einsum('nfij->f', dout)[None, :]

    # the transposed convolution: dilate dout by the stride, correlate with the flipped filter
    Hp, Wp = H + 2 * p, W + 2 * p
    spread = np.zeros(dout.shape[:2] + (Hp + kh - 1, Wp + kw - 1), dtype=dout.dtype)
    OH, OW = dout.shape[2:]
    spread[:, :, kh - 1:kh - 1 + OH * s:s, kw - 1:kw - 1 + OW * s:s] = dout
    flipped = w[:, :, ::-1, ::-1]
    dxp = np.einsum('nfijkl,fckl->ncij', _windows(spread, kh, kw, 1), flipped)
    return dxp[:, :, p:p + H, p:p + W], dw, db


def max_pool_forward_naive(x, pool_param):
    kh, kw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    out = _windows(x, kh, kw, s).max(axis=(4, 5))
    return out, (x, out, pool_param)


def max_pool_backward_naive(dout, cache):
    x, out, pool_param = cache
    kh, kw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    mask = (_windows(x, kh, kw, s) == out[..., None, None]).astype(dout.dtype)
    mask /= mask.sum(axis=(4, 5), keepdims=True)  # ties share
    grads = mask * dout[..., None, None]
    dx = np.zeros_like(x)
    OH, OW = dout.shape[2:]
    for k in range(kh):
        for l in range(kw):
            dx[:, :, k:k + s * OH:s, l:l + s * OW:s] += grads[..., k, l]
    return dx


def _normalise(x, axis, eps):
    mu = x.mean(axis=axis, keepdims=True)
    centred = x - mu
    var = np.square(centred).mean(axis=axis, keepdims=True)
    istd = (var + eps) ** -0.5
    return centred * istd, istd, mu, var


def _normalise_backward(dx_hat, x_hat, istd, axis):
    # project out the constant and the x_hat direction
    one = dx_hat.mean(axis=axis, keepdims=True)
    two = (dx_hat * x_hat).mean(axis=axis, keepdims=True)
    return istd * (dx_hat - one - x_hat * two)


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps = bn_param['mode'], bn_param.get('eps', 1e-5)
    m = bn_param.get('momentum', 0.9)
    running_mean = bn_param.get('running_mean', np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(x.shape[1], dtype=x.dtype))
    if mode == 'train':
        x_hat, istd, mu, var = _normalise(x, 0, eps)
        bn_param['running_mean'] = m * running_mean + (1 - m) * mu[0]
        bn_param['running_var'] = m * running_var + (1 - m) * var[0]
    else:
        istd = 1 / np.sqrt(running_var + eps)
        x_hat = (x - running_mean) * istd
    return x_hat * gamma + beta, (x_hat, istd, gamma)


def batchnorm_backward(dout, cache):
    """The computational graph, one node at a time."""
    x_hat, istd, gamma = cache
    N = dout.shape[0]
    # out = scaled + beta;  scaled = gamma * x_hat
    dbeta = np.sum(dout, axis=0, keepdims=True)
    dgamma = np.sum(dout * x_hat, axis=0, keepdims=True)
    dx_hat = dout * gamma
    # x_hat = centred * istd
    centred = x_hat / istd
    dcentred = dx_hat * istd
    distd = np.sum(dx_hat * centred, axis=0)
    # istd = (var + eps) ** -0.5
    dvar = -0.5 * istd ** 3 * distd
    # var = mean(sq);  sq = centred ** 2
    dsq = np.ones(dout.shape) * dvar / N
    dcentred = dcentred + 2 * centred * dsq
    # centred = x - mu;  mu = mean(x)
    dmu = -dcentred.sum(axis=0)
    dx = dcentred + np.ones(dout.shape) * dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    x_hat, istd, gamma = cache
    dx = _normalise_backward(dout * gamma, x_hat, istd, 0)
    return dx, np.einsum('nd,nd->d', dout, x_hat), dout.sum(0)


def layernorm_forward(x, gamma, beta, ln_param):
    x_hat, istd, _, _ = _normalise(x, 1, ln_param.get('eps', 1e-5))
    return x_hat * gamma + beta, (x_hat, istd, gamma)


def layernorm_backward(dout, cache):
    x_hat, istd, gamma = cache
    dx = _normalise_backward(dout * gamma, x_hat, istd, 1)
    return dx, np.sum(dout * x_hat, axis=0, keepdims=True), np.sum(dout, axis=0, keepdims=True)


def dropout_forward(x, dropout_param):
    if dropout_param['mode'] == 'test':
        return x, (dropout_param, None)
    if dropout_param.get('seed') is not None:
        np.random.seed(dropout_param['seed'])
    p = dropout_param['p']
    mask = np.random.binomial(1, p, size=x.shape) / p
    return x * mask, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout if mask is None else dout * mask


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    rows = np.moveaxis(x, 1, -1)
    out, cache = batchnorm_forward(rows.reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return np.moveaxis(out.reshape(rows.shape), -1, 1), cache


def spatial_batchnorm_backward(dout, cache):
    rows = np.moveaxis(dout, 1, -1)
    dx, dgamma, dbeta = batchnorm_backward_alt(rows.reshape(-1, dout.shape[1]), cache)
    return np.moveaxis(dx.reshape(rows.shape), -1, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    x_hat, istd, _, _ = _normalise(x.reshape(x.shape[0] * G, -1), 1, gn_param.get('eps', 1e-5))
    out = x_hat.reshape(x.shape) * gamma + beta
    return out, (x_hat, istd, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, istd, gamma, G = cache
    dgamma = (dout * x_hat.reshape(dout.shape)).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dx = _normalise_backward((dout * gamma).reshape(x_hat.shape), x_hat, istd, 1)
    return dx.reshape(dout.shape), dgamma, dbeta


def svm_loss(x, y):
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] = -dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


def softmax_loss(x, y):
    one_hot = np.eye(x.shape[1])[y]
    e = np.exp(x - x.max(axis=1)[:, None])
    probs = e / e.sum(axis=1)[:, None]
    shifted = x - x.max(axis=1, keepdims=True)
    loss = np.mean(np.log(e.sum(axis=1)) - (shifted * one_hot).sum(axis=1))
    return loss, (probs - one_hot) / len(x)
