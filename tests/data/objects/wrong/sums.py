# wrong: PositionalEncoding.backward
"""Forward scales by the root of the width, and backward does not."""

import numpy as np


class PositionalEncoding:
    def __init__(self, d_model, max_len=100):
        angles = np.arange(max_len)[:, None] / 10000 ** (np.arange(d_model) // 2 * 2 / d_model)
        self.table, self.d = np.where(np.arange(d_model) % 2, np.cos(angles), np.sin(angles)), d_model

    def forward(self, x):
        return x * self.d**0.5 + self.table[: x.shape[1]]

    def backward(self, dout):
        return dout.copy()
