"""Losses of targets that have the shape of the predictions, as classes."""

import numpy as np


class L1Loss:
    def forward(self, pred, target):
        self.diff = pred - target
        return np.mean(np.abs(self.diff))

    def backward(self):
        return np.sign(self.diff) / self.diff.size


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, y_pred, y_true):
        self.d = y_pred - y_true
        a = np.abs(self.d)
        return np.where(a <= self.delta, 0.5 * self.d**2, self.delta * (a - 0.5 * self.delta)).mean()

    def backward(self, dout=1.0):
        return dout * np.clip(self.d, -self.delta, self.delta) / self.d.size


class BCELoss:
    def __init__(self, eps=1e-12):
        self.eps = eps

    def forward(self, p, y):
        self.p, self.y = np.clip(p, self.eps, 1 - self.eps), y
        return -(y * np.log(self.p) + (1 - y) * np.log(1 - self.p)).mean()

    def backward(self):
        return (self.p - self.y) / (self.p * (1 - self.p)) / self.p.size


class BCEWithLogitsLoss:
    def forward(self, logits, targets):
        self.x, self.y = logits, targets
        return (np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))).mean()

    def backward(self):
        return (1 / (1 + np.exp(-self.x)) - self.y) / self.x.size


class KLDivLoss:
    # batchmean
    def forward(self, log_p, q):
        self.q = q
        return np.sum(q * (np.log(np.where(q > 0, q, 1)) - log_p)) / log_p.shape[0]

    def backward(self):
        return -self.q / self.q.shape[0]


class KLDiv:
    # mean over all entries, as torch's default
    def forward(self, log_p, q):
        self.q = q
        return np.mean(q * (np.log(np.where(q > 0, q, 1)) - log_p))

    def backward(self):
        return -self.q / self.q.size


class MAE:
    # sum over the features, mean over the samples
    def forward(self, y, t):
        self.y, self.t = y, t
        return np.abs(y - t).sum() / len(y)

    def backward(self):
        return np.where(self.y > self.t, 1.0, -1.0) / len(self.y)


class MAELoss:
    # sum
    def __call__(self, prediction, target):
        self.e = prediction - target
        return np.abs(self.e).sum()

    def grad(self):
        return np.sign(self.e)
