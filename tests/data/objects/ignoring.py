"""A softmax loss whose samples with one label do not count: the label of padding."""

import numpy as np


class CrossEntropyLoss:
    def __init__(self, ignore_index=-1):
        self.ignore_index = ignore_index

    def forward(self, logits, labels):
        self.kept = labels != self.ignore_index
        self.safe = np.where(self.kept, labels, 0)
        shifted = logits - logits.max(axis=1, keepdims=True)
        self.log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        picked = self.log_p[np.arange(len(labels)), self.safe]
        return -(picked * self.kept).sum() / self.kept.sum()

    def backward(self):
        dx = np.exp(self.log_p)
        dx[np.arange(len(dx)), self.safe] -= 1
        return dx * self.kept[:, None] / self.kept.sum()
