"""Everything on one dict: right, with loops, and in one student's habits."""
import numpy as np


def conv_fun(cache):
    x, w, b = cache["a"], cache["w"], cache["b"]
    pad, stride = cache["pad"], cache["stride"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    H_out = int((H + 2 * pad - HH) / stride) + 1
    W_out = int((W + 2 * pad - WW) / stride) + 1
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out


def conv_backward(dout, cache):
    x, w, b = cache["a"], cache["w"], cache["b"]
    pad, s = cache["pad"], cache["stride"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    dw, db = np.zeros_like(w), np.zeros_like(b)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dx_pad = np.zeros_like(x_pad)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    db[f] += dout[n, f, i, j]
                    dw[f] += x_pad[n, :, i * s:i * s + HH, j * s:j * s + WW] * dout[n, f, i, j]
                    dx_pad[n, :, i * s:i * s + HH, j * s:j * s + WW] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db


def Relu(x):
    return np.maximum(0, x)


def relu_backward(dout, x):
    dx = dout
    dx[x <= 0] = 0
    return dx


def max_pool_forward(cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    N, C, H, W = x.shape
    H_out, W_out = 1 + int((H - HH) / s), 1 + int((W - WW) / s)
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    out[n, c, i, j] = np.max(x[n, c, i * s:i * s + HH, j * s:j * s + WW])
    return out


def max_pool_backward(dout, cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    window = x[n, c, i * s:i * s + HH, j * s:j * s + WW]
                    dx[n, c, i * s:i * s + HH, j * s:j * s + WW] += (window == np.max(window)) * dout[n, c, i, j]
    return dx


def mean_pool_forward(cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    N, C, H, W = x.shape
    H_out, W_out = 1 + int((H - HH) / s), 1 + int((W - WW) / s)
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            out[:, :, i, j] = np.mean(x[:, :, i * s:i * s + HH, j * s:j * s + WW], axis=(2, 3))
    return out


def mean_pool_backward(dout, cache):
    x, HH, WW, s = cache["net"], cache["HH"], cache["WW"], cache["s"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            # dout is spread evenly over its window
            dx[:, :, i * s:i * s + HH, j * s:j * s + WW] += dout[:, :, i:i + 1, j:j + 1] / (HH * WW)
    return dx


def fc(net, w, b):
    x_row = net.reshape(net.shape[0], -1)
    return np.dot(x_row, w) + b


def fc_backward(dout, cache):
    x, w, b = cache["a"], cache["w"], cache["b"]
    dx = np.reshape(np.dot(dout, w.T), x.shape)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = np.sum(dout, axis=0, keepdims=True)
    return dx, dw, db


def softmax_loss(x, y):
    y = y.reshape(y.shape[0])
    shifted = x - np.max(x, axis=1, keepdims=True)
    total = np.sum(np.exp(shifted), axis=1, keepdims=True)
    probs = np.exp(shifted) / total
    N = x.shape[0]
    loss = np.sum(np.log(total[:, 0]) - shifted[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
