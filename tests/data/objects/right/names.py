"""Names in other spellings, a call in place of forward, one gray picture, a class whose name says little."""

import numpy as np

view = np.lib.stride_tricks.sliding_window_view


class ConvLayer:
    def __init__(self, nIn, nOut, kSize, lr=0.01):
        self.k, self.lr = kSize, lr
        self.W, self.B = np.random.randn(nOut, nIn, kSize, kSize), np.zeros(nOut)

    def forwardProp(self, X):
        self.shape, self.windows = X.shape, view(X, (self.k, self.k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", self.windows, self.W) + self.B[:, None, None]

    def backProp(self, gradY):
        back = np.zeros(self.shape)
        for i, j in np.ndindex(gradY.shape[2:]):
            back[:, :, i : i + self.k, j : j + self.k] += np.tensordot(gradY[:, :, i, j], self.W, 1)
        self.W = self.W - self.lr * np.einsum("nchwij,nfhw->fcij", self.windows, gradY)
        self.B = self.B - self.lr * gradY.sum(axis=(0, 2, 3))
        return back


class GrayConv:
    def __init__(self, n_filters, size=3):
        self.size, self.filters = size, np.random.randn(n_filters, size, size)

    def forward(self, picture):
        self.windows = view(picture, (self.size, self.size))
        return np.einsum("hwij,fij->hwf", self.windows, self.filters)

    def backward(self, d_maps):
        self.d_filters = np.einsum("hwij,hwf->fij", self.windows, d_maps)
        reach = np.add(self.windows.shape[:2], self.size - 1)
        back = np.zeros(reach)
        for i, j in np.ndindex(d_maps.shape[:2]):
            back[i : i + self.size, j : j + self.size] += np.tensordot(d_maps[i, j], self.filters, 1)
        return back


class AveragePool:
    def __init__(self, kernel, stride=None):
        self.k, self.s = kernel, stride or kernel

    def __call__(self, chw):
        self.shape = chw.shape
        return view(chw, (self.k, self.k), axis=(1, 2))[:, :: self.s, :: self.s].mean(axis=(3, 4))

    def backward(self, grad):
        back = np.zeros(self.shape)
        for i, j in np.ndindex(grad.shape[1:]):
            top, left = i * self.s, j * self.s
            back[:, top : top + self.k, left : left + self.k] += grad[:, i, j, None, None] / self.k**2
        return back


class Projection:
    def __init__(self, n, m):
        self.M, self.c = np.random.randn(n, m), np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.M + self.c

    def backward(self, dy, eta):
        back = dy @ self.M.T
        self.M -= eta * self.x.T @ dy
        self.c -= eta * dy.sum(axis=0)
        return back
