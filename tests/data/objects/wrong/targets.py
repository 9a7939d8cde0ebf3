# wrong: HuberLoss.backward
"""Far from the target the gradient is 1 or -1, and not delta."""

import numpy as np


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, y_pred, y_true):
        self.d = y_pred - y_true
        a = np.abs(self.d)
        return np.where(a <= self.delta, 0.5 * self.d**2, self.delta * (a - 0.5 * self.delta)).mean()

    def backward(self, dout=1.0):
        return dout * np.where(np.abs(self.d) <= self.delta, self.d, np.sign(self.d)) / self.d.size


class BCELoss:
    def __init__(self, eps=1e-12):
        self.eps = eps

    def forward(self, p, y):
        self.p, self.y = np.clip(p, self.eps, 1 - self.eps), y
        return -(y * np.log(self.p) + (1 - y) * np.log(1 - self.p)).mean()

    def backward(self):
        return (self.p - self.y) / (self.p * (1 - self.p)) / self.p.size
