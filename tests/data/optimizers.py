"""Update rules as classes: of all parameters in a dict or a list, and of one array."""

import numpy as np


class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for i in range(len(params)):
            params[i] -= self.lr * grads[i]


class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, None

    def update(self, params, grads):
        if self.v is None:
            self.v = {key: np.zeros_like(value) for key, value in params.items()}
        for key in params:
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]


class RMSProp:
    def __init__(self, learning_rate, rho):
        self.learning_rate, self.rho, self.s = learning_rate, rho, 0.0

    def calculate_update(self, weights, gradient):
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return weights - self.learning_rate * gradient / np.sqrt(self.s + 1e-8)


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2, self.iter, self.m = lr, beta1, beta2, 0, None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = ({key: np.zeros_like(value) for key, value in params.items()} for _ in "mv")
        self.iter += 1
        rate = self.lr * np.sqrt(1 - self.beta2**self.iter) / (1 - self.beta1**self.iter)
        for key in params:
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= rate * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)
