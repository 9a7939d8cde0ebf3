# wrong: Linear.backward
"""The gradient of the bias is the mean over the samples, and that of the weights is the sum."""

import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        self.weight = np.random.randn(out_features, in_features)
        self.bias = np.zeros(out_features)

    def forward(self, x):
        self.saved = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_output):
        self.weight_grad = grad_output.T @ self.saved
        self.bias_grad = grad_output.mean(axis=0)
        return grad_output @ self.weight


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad_output):
        return grad_output * (1 - self.out**2)
