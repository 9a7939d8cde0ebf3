# wrong: Conv3x3.backward
"""Sizes in other spellings; the step of the bias takes the first image only."""

import numpy as np


class Conv3x3:
    def __init__(self, cin, cout):
        self.k, self.bias = np.random.randn(cout, cin, 3, 3), np.zeros(cout)

    def forward(self, x):
        self.shape, self.windows = x.shape, np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", self.windows, self.k) + self.bias[:, None, None]

    def backward(self, dy, learning_rate):
        back = np.zeros(self.shape)
        for i, j in np.ndindex(dy.shape[2:]):
            back[:, :, i : i + 3, j : j + 3] += np.tensordot(dy[:, :, i, j], self.k, 1)
        self.k -= learning_rate * np.einsum("nchwij,nfhw->fcij", self.windows, dy)
        self.bias -= learning_rate * dy[0].sum(axis=(1, 2))
        return back
