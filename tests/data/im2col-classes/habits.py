# coding: utf-8
"""Right by older habits: flat samples, one-hot rows, inverted dropout, pooling that knows no pad, columns elsewhere."""
import numpy as np

rng = np.random.default_rng()


def im2col(x, fh, fw, stride=1, pad=0):
    """One column per window, unlike the others' one row."""
    N, C, H, W = x.shape
    oh, ow = (H + 2*pad - fh)//stride + 1, (W + 2*pad - fw)//stride + 1
    x = np.pad(x, [(0,0), (0,0), (pad,pad), (pad,pad)])
    cols = [x[n, :, i*stride:i*stride+fh, j*stride:j*stride+fw].flatten()
            for n in range(N) for i in range(oh) for j in range(ow)]
    return np.array(cols).T


def col2im(cols, shape, fh, fw, stride=1, pad=0):
    N, C, H, W = shape
    oh, ow = (H + 2*pad - fh)//stride + 1, (W + 2*pad - fw)//stride + 1
    x = np.zeros((N, C, H + 2*pad, W + 2*pad))
    k = 0
    for n in range(N):
        for i in range(oh):
            for j in range(ow):
                x[n, :, i*stride:i*stride+fh, j*stride:j*stride+fw] += cols[:, k].reshape(C, fh, fw)
                k += 1
    return x[:, :, pad:pad+H, pad:pad+W]


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)


class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - np.max(x, axis=1).reshape(-1, 1))
        self.y = e / e.sum(axis=1).reshape(-1, 1)
        self.t = t
        return -np.sum(t * np.log(np.maximum(self.y, 1e-8))) / x.shape[0]

    def backward(self, dout=1):
        return dout * (self.y - self.t) / self.t.shape[0]


class Dropout:
    """Inverted, from a generator of its own."""

    def __init__(self, dropout_ratio=0.5):
        self.keep = 1 - dropout_ratio

    def forward(self, x, train_flg=True):
        if not train_flg:
            return x
        self.mask = (rng.random(x.shape) < self.keep) / self.keep
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Pooling:
    def __init__(self, pool_h, pool_w, stride=1, pad=0):
        self.pool_h, self.pool_w, self.stride, self.pad = pool_h, pool_w, stride, pad

    def forward(self, x):
        N, C, H, W = x.shape
        out_h = int(1 + (H - self.pool_h) / self.stride)
        out_w = int(1 + (W - self.pool_w) / self.stride)
        col = im2col(x, self.pool_h, self.pool_w, self.stride, self.pad)
        col = col.T.reshape(-1, self.pool_h*self.pool_w)
        self.shape, self.arg_max = x.shape, col.argmax(axis=1)
        return col.max(axis=1).reshape(N, out_h, out_w, C).transpose(0, 3, 1, 2)

    def backward(self, dout):
        flat = dout.transpose(0, 2, 3, 1).ravel()
        dmax = np.zeros((flat.size, self.pool_h*self.pool_w))
        dmax[np.arange(flat.size), self.arg_max] = flat
        dcol = dmax.reshape(-1, self.shape[1]*self.pool_h*self.pool_w).T
        return col2im(dcol, self.shape, self.pool_h, self.pool_w, self.stride, self.pad)
