"""Networks of functions, as in the course's second assignment: fully connected, convolutional, and with a shortcut."""
import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1) @ w + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    x = cache
    return dout * (x > 0)


def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, fc_cache)


def batchnorm_forward(x, gamma, beta):
    mu, var = x.mean(axis=0), x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    return gamma * xhat + beta, (xhat, gamma, var)


def batchnorm_backward(dout, cache):
    xhat, gamma, var = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)) / np.sqrt(var + 1e-5)
    return dx, (dout * xhat).sum(0), dout.sum(0)


def conv_forward(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    win = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    return np.einsum('nchwij,fcij->nfhw', win, w) + b[:, None, None], (x, w, b, conv_param)


def conv_backward(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * s:i * s + w.shape[2], j * s:j * s + w.shape[3]]
            dxp[at] += np.einsum('nf,fcij->ncij', dout[:, :, i, j], w)
            dw += np.einsum('nf,ncij->fcij', dout[:, :, i, j], xp[at])
    dx = dxp[:, :, p:-p, p:-p]
    return dx, dw, dout.sum((0, 2, 3))


def max_pool_forward(x, pool_param):
    N, C, H, W = x.shape
    blocks = x.reshape(N, C, H // 2, 2, W // 2, 2)
    out = blocks.max(axis=(3, 5))
    return out, (x, out)


def max_pool_backward(dout, cache):
    x, out = cache
    N, C, H, W = x.shape
    mask = x.reshape(N, C, H // 2, 2, W // 2, 2) == out[:, :, :, None, :, None]
    return (mask * dout[:, :, :, None, :, None]).reshape(x.shape)


def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.log(p[np.arange(N), y]).mean()
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N


class FullyConnectedNet(object):
    """{affine - batchnorm - relu} - affine_relu - affine - softmax"""

    def __init__(self, rng, dims=(6, 5, 5, 3), reg=0.4):
        self.reg = reg
        self.params = {}
        for i, (n, m) in enumerate(zip(dims, dims[1:]), 1):
            self.params['W%d' % i] = rng.standard_normal((n, m)) / np.sqrt(n)
            self.params['b%d' % i] = rng.standard_normal(m) / 2
        self.params['gamma1'] = 1 + rng.standard_normal(dims[1]) / 4
        self.params['beta1'] = rng.standard_normal(dims[1]) / 2

    def loss(self, X, y=None):
        p = self.params
        a1, fc1 = affine_forward(X, p['W1'], p['b1'])
        n1, bn1 = batchnorm_forward(a1, p['gamma1'], p['beta1'])
        h1, act1 = relu_forward(n1)
        h2, fc2 = affine_relu_forward(h1, p['W2'], p['b2'])
        scores, fc3 = affine_forward(h2, p['W3'], p['b3'])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * sum(np.sum(p['W%d' % i] ** 2) for i in (1, 2, 3))
        grads = {}
        dh2, grads['W3'], grads['b3'] = affine_backward(dscores, fc3)
        dh1, grads['W2'], grads['b2'] = affine_relu_backward(dh2, fc2)
        dn1 = relu_backward(dh1, act1)
        da1, grads['gamma1'], grads['beta1'] = batchnorm_backward(dn1, bn1)
        _, grads['W1'], grads['b1'] = affine_backward(da1, fc1)
        for i in (1, 2, 3):
            grads['W%d' % i] += self.reg * p['W%d' % i]
        return loss, grads


class ThreeLayerConvNet(object):
    """conv - relu - 2x2 max pool - affine - relu - affine - softmax"""

    def __init__(self, rng, reg=0.4):
        self.reg = reg
        self.params = {
            'W1': rng.standard_normal((3, 2, 3, 3)) / 4, 'b1': rng.standard_normal(3) / 2 - 1,
            'W2': rng.standard_normal((12, 5)) / 3, 'b2': rng.standard_normal(5) / 2,
            'W3': rng.standard_normal((5, 3)) / 2, 'b3': rng.standard_normal(3) / 2,
        }

    def loss(self, X, y=None):
        p = self.params
        a, conv_cache = conv_forward(X, p['W1'], p['b1'], {'stride': 1, 'pad': 1})
        r, relu_cache = relu_forward(a)
        q, pool_cache = max_pool_forward(r, {})
        h, hidden_cache = affine_relu_forward(q, p['W2'], p['b2'])
        scores, out_cache = affine_forward(h, p['W3'], p['b3'])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(p['W1'] ** 2) + np.sum(p['W2'] ** 2) + np.sum(p['W3'] ** 2))
        grads = {}
        dh, dW3, db3 = affine_backward(dscores, out_cache)
        dq, dW2, db2 = affine_relu_backward(dh, hidden_cache)
        dr = max_pool_backward(dq, pool_cache)
        da = relu_backward(dr, relu_cache)
        dX, dW1, db1 = conv_backward(da, conv_cache)
        grads['W1'], grads['b1'] = dW1 + self.reg * p['W1'], db1
        grads['W2'], grads['b2'] = dW2 + self.reg * p['W2'], db2
        grads['W3'], grads['b3'] = dW3 + self.reg * p['W3'], db3
        return loss, grads


class ResidualNet(object):
    """affine - relu - (affine - relu) + shortcut - the same affine again - affine - softmax"""

    def __init__(self, rng, reg=0.4):
        self.reg = reg
        self.params = {
            'W1': rng.standard_normal((6, 5)) / 2, 'b1': rng.standard_normal(5) / 2,
            'W2': rng.standard_normal((5, 5)) / 2, 'b2': rng.standard_normal(5) / 2,
            'W3': rng.standard_normal((5, 3)) / 2, 'b3': rng.standard_normal(3) / 2,
        }

    def loss(self, X, y=None):
        p = self.params
        h, first = affine_relu_forward(X, p['W1'], p['b1'])
        a, second = affine_relu_forward(h, p['W2'], p['b2'])
        s = a + h
        b, third = affine_relu_forward(s, p['W2'], p['b2'])
        scores, last = affine_forward(b, p['W3'], p['b3'])
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * sum(np.sum(p[k] ** 2) for k in ('W1', 'W2', 'W3'))
        grads = {}
        db_, grads['W3'], grads['b3'] = affine_backward(dscores, last)
        ds, dW2_again, db2_again = affine_relu_backward(db_, third)
        dh, dW2, db2 = affine_relu_backward(ds, second)
        dh = dh + ds
        grads['W2'], grads['b2'] = dW2 + dW2_again, db2 + db2_again
        dX, grads['W1'], grads['b1'] = affine_relu_backward(dh, first)
        for k in ('W1', 'W2', 'W3'):
            grads[k] = grads[k] + self.reg * p[k]
        return loss, grads


def fully_connected(seed):
    rng = np.random.default_rng((seed, 2))
    return FullyConnectedNet(rng), (rng.standard_normal((4, 6)), rng.integers(0, 3, 4))


def convolutional(seed):
    rng = np.random.default_rng((seed, 3))
    return ThreeLayerConvNet(rng), (rng.standard_normal((3, 2, 4, 4)), rng.integers(0, 3, 3))


def residual(seed):
    rng = np.random.default_rng((seed, 4))
    return ResidualNet(rng), (rng.standard_normal((4, 6)), rng.integers(0, 3, 4))
