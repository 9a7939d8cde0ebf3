# coding: utf-8
"""Mistakes that are often made in these classes; Sigmoid and the forwards of Convolution and Affine are right."""
import numpy as np


def im2col(input_data, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = input_data.shape
    out_h = (H + 2*pad - filter_h)//stride + 1
    out_w = (W + 2*pad - filter_w)//stride + 1
    img = np.pad(input_data, [(0,0), (0,0), (pad, pad), (pad, pad)], 'constant')
    rows = []
    for n in range(N):
        for i in range(out_h):
            for j in range(out_w):
                top, left = i*stride, j*stride
                rows.append(img[n, :, top:top+filter_h, left:left+filter_w].ravel())
    return np.array(rows)


def col2im(col, input_shape, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = input_shape
    out_h = (H + 2*pad - filter_h)//stride + 1
    out_w = (W + 2*pad - filter_w)//stride + 1
    col = col.reshape(N, out_h, out_w, C, filter_h, filter_w)
    img = np.zeros((N, C, H + 2*pad, W + 2*pad))
    for i in range(out_h):
        for j in range(out_w):
            top, left = i*stride, j*stride
            # should be added
            img[:, :, top:top+filter_h, left:left+filter_w] = col[:, i, j]
    return img[:, :, pad:pad+H, pad:pad+W]


class Relu:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        # takes the sign of dout
        return np.where(dout > 0, dout, 0)


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW = np.zeros_like(W)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b

    def backward(self, dout):
        # never set back to zero, and a mean that nobody asked for
        self.dW += self.x.T @ dout
        self.db = dout.mean(axis=0)
        return (dout @ self.W.T).reshape(self.shape)


class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x)
        self.y = e / e.sum(axis=1, keepdims=True)
        self.t = t if t.ndim == 2 else np.eye(x.shape[1])[t]
        return -np.sum(self.t * np.log(self.y + 1e-7)) / len(x)

    def backward(self, dout=1):
        # not divided by the number of samples
        return self.y - self.t


class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        # not scaled
        return x.copy()

    def backward(self, dout):
        return dout * (1.0 - self.mask)


class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9, running_mean=None, running_var=None):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum
        self.running_mean, self.running_var = running_mean, running_var

    def forward(self, x, train_flg=True):
        if train_flg:
            mu, var = x.mean(axis=0), x.var(axis=0)
            self.std = np.sqrt(var + 1e-7)
            self.xn = (x - mu) / self.std
            # old and new changed places
            self.running_mean = (1-self.momentum) * self.running_mean + self.momentum * mu
            self.running_var = (1-self.momentum) * self.running_var + self.momentum * var
            return self.gamma * self.xn + self.beta
        return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + 1e-7) + self.beta

    def backward(self, dout):
        self.dbeta = dout.sum(axis=0)
        self.dgamma = (dout * self.xn).sum(axis=0)
        # mean and variance taken for constants
        return dout * self.gamma / self.std


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = 1 + (H + 2*self.pad - FH)//self.stride
        out_w = 1 + (W + 2*self.pad - FW)//self.stride
        self.shape = x.shape
        self.col = im2col(x, FH, FW, self.stride, self.pad)
        out = self.col @ self.W.reshape(FN, -1).T + self.b
        return out.reshape(N, out_h, out_w, FN).transpose(0, 3, 1, 2)

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        # should be transposed first
        dout = dout.reshape(-1, FN)
        self.db = dout.sum(axis=0)
        self.dW = (self.col.T @ dout).T.reshape(self.W.shape)
        return col2im(dout @ self.W.reshape(FN, -1), self.shape, FH, FW, self.stride, self.pad)


class Pooling:
    def __init__(self, pool_h, pool_w, stride=1, pad=0):
        self.pool_h, self.pool_w, self.stride, self.pad = pool_h, pool_w, stride, pad

    def forward(self, x):
        N, C, H, W = x.shape
        out_h = (H + 2*self.pad - self.pool_h)//self.stride + 1
        out_w = (W + 2*self.pad - self.pool_w)//self.stride + 1
        self.shape = x.shape
        col = im2col(x, self.pool_h, self.pool_w, self.stride, self.pad)
        col = col.reshape(-1, self.pool_h*self.pool_w)
        self.winner = col == col.max(axis=1, keepdims=True)
        # channels and positions mixed up
        return col.max(axis=1).reshape(N, C, out_h, out_w)

    def backward(self, dout):
        col = self.winner * dout.transpose(0, 2, 3, 1).reshape(-1, 1)
        col = col.reshape(-1, dout.shape[1]*self.pool_h*self.pool_w)
        return col2im(col, self.shape, self.pool_h, self.pool_w, self.stride, self.pad)
