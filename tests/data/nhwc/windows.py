"""The same, with one loop over the windows and the batch at once, and parameters called otherwise: right."""
import numpy as np


def conv_single_step(patch, W, b):
    return np.sum(patch * W) + b


def conv_forward(X, filters, bias, hparams):
    s, p = hparams['stride'], hparams['pad']
    k, _, _, n_out = filters.shape
    X_pad = np.pad(X, ((0, 0), (p, p), (p, p), (0, 0)))
    n, rows, cols = X.shape[0], (X_pad.shape[1] - k) // s + 1, (X_pad.shape[2] - k) // s + 1
    Z = np.empty((n, rows, cols, n_out))
    for h in range(rows):
        for w in range(cols):
            patch = X_pad[:, h * s:h * s + k, w * s:w * s + k]
            Z[:, h, w] = np.tensordot(patch, filters, axes=3) + bias[0, 0, 0]
    return Z, {'X': X, 'X_pad': X_pad, 'W': filters, 'hparams': hparams}


def conv_backward(dZ, cache):
    X_pad, W, s, p = cache['X_pad'], cache['W'], cache['hparams']['stride'], cache['hparams']['pad']
    k = W.shape[0]
    dX, dW = np.zeros_like(X_pad), np.zeros_like(W)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            window = np.s_[:, h * s:h * s + k, w * s:w * s + k]
            dX[window] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
            dW += np.tensordot(X_pad[window], dZ[:, h, w], axes=(0, 0))
    if p > 0:
        dX = dX[:, p:-p, p:-p]
    return dX, dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


def pool_forward(X, hparams, mode='max'):
    s, k = hparams['stride'], hparams['f']
    n, rows, cols = X.shape[0], (X.shape[1] - k) // s + 1, (X.shape[2] - k) // s + 1
    reduce = np.max if mode == 'max' else np.mean
    A = np.empty((n, rows, cols, X.shape[3]))
    for h in range(rows):
        for w in range(cols):
            A[:, h, w] = reduce(X[:, h * s:h * s + k, w * s:w * s + k], axis=(1, 2))
    return A, (X, A, hparams)


def pool_backward(dA, cache, mode='max'):
    X, A, hparams = cache
    s, k = hparams['stride'], hparams['f']
    dX = np.zeros_like(X)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            window = np.s_[:, h * s:h * s + k, w * s:w * s + k]
            share = X[window] == A[:, h:h + 1, w:w + 1] if mode == 'max' else 1 / k ** 2
            dX[window] += share * dA[:, h:h + 1, w:w + 1]
    return dX
