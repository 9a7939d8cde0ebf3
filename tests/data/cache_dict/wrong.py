"""On one dict, with typical mistakes: every backward but relu's is wrong, and fc's forward."""
import numpy as np


def conv_fun(cache):
    x, w, b = cache["a"], cache["w"], cache["b"]
    pad, s = cache["pad"], cache["stride"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    H_out, W_out = (H + 2 * pad - HH) // s + 1, (W + 2 * pad - WW) // s + 1
    out = np.zeros((N, F, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = x_pad[:, :, i * s:i * s + HH, j * s:j * s + WW]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out


def conv_backward(dout, cache):
    x, w, b = cache["a"], cache["w"], cache["b"]
    pad, s = cache["pad"], cache["stride"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad, dw, db = np.zeros_like(x_pad), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    db[f] += dout[n, f, i, j]
                    dw[f] += x_pad[n, :, i * s:i * s + HH, j * s:j * s + WW] * dout[n, f, i, j]
                    # not added up where windows overlap
                    dx_pad[n, :, i * s:i * s + HH, j * s:j * s + WW] = w[f] * dout[n, f, i, j]
    return dx_pad[:, :, pad:pad + H, pad:pad + W], dw, db


def Relu(x):
    return np.maximum(0, x)


def relu_backward(dout, x):
    return dout * (x > 0)


def max_pool_forward(cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - HH) // s, 1 + (W - WW) // s))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = np.max(x[:, :, i * s:i * s + HH, j * s:j * s + WW], axis=(2, 3))
    return out


def max_pool_backward(dout, cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    dx = np.zeros_like(x)
    for n in range(dout.shape[0]):
        for c in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * s:i * s + HH, j * s:j * s + WW]
                    row, column = np.unravel_index(window.argmax(), window.shape)
                    # the last window wins
                    dx[n, c, i * s + row, j * s + column] = dout[n, c, i, j]
    return dx


def mean_pool_forward(cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - HH) // s, 1 + (W - WW) // s))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = np.mean(x[:, :, i * s:i * s + HH, j * s:j * s + WW], axis=(2, 3))
    return out


def mean_pool_backward(dout, cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            # everybody gets all of it
            dx[:, :, i * s:i * s + HH, j * s:j * s + WW] += dout[:, :, i:i + 1, j:j + 1]
    return dx


def fc(net, w, b):
    return np.dot(net.reshape(net.shape[0], -1), w) - b


def fc_backward(dout, cache):
    x, w, b = cache["a"], cache["w"], cache["b"]
    dx = np.reshape(np.dot(dout, w.T), x.shape)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = np.mean(dout, axis=0)
    return dx, dw, db
