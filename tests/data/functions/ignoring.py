"""A softmax loss that leaves out the samples with one label, as torch.nn.functional.cross_entropy does."""

import numpy as np


def cross_entropy(input, target, ignore_index=-100):
    kept = target != ignore_index
    scores = input[kept] - input[kept].max(axis=1, keepdims=True)
    losses = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(scores)), target[kept]]
    return losses.sum() / len(losses)


def cross_entropy_backward(dout, input, target, ignore_index=-100):
    kept = target != ignore_index
    p = np.exp(input - input.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[kept, target[kept]] -= 1
    p[~kept] = 0
    return dout * p / kept.sum()
