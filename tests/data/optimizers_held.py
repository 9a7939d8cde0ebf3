"""Optimizers that hold the parameters whose step they take."""

import numpy as np


class SGD:
    def __init__(self, params, lr=0.01, momentum=0.0):
        self.params = list(params)
        self.lr, self.momentum = lr, momentum
        self.v = [np.zeros_like(p.data) for p in self.params]

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            self.v[i] = self.momentum * self.v[i] + p.grad
            p.data -= self.lr * self.v[i]


class RMSProp:
    def __init__(self, params, grads, lr=1e-3, rho=0.9, eps=1e-8):
        self.params, self.grads = params, grads
        self.lr, self.rho, self.eps = lr, rho, eps
        self.s = {k: np.zeros_like(v) for k, v in params.items()}

    def step(self):
        for k in self.params:
            self.s[k] = self.rho * self.s[k] + (1 - self.rho) * self.grads[k] ** 2
            self.params[k] -= self.lr * self.grads[k] / (np.sqrt(self.s[k]) + self.eps)


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        self.params, self.lr, self.betas, self.eps, self.t = params, lr, betas, eps, 0
        self.m = [np.zeros_like(p.data) for p in params]
        self.v = [np.zeros_like(p.data) for p in params]

    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for i, p in enumerate(self.params):
            self.m[i] = b1 * self.m[i] + (1 - b1) * p.grad
            self.v[i] = b2 * self.v[i] + (1 - b2) * p.grad**2
            m_hat = self.m[i] / (1 - b1**self.t)
            v_hat = self.v[i] / (1 - b2**self.t)
            p.data = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class Momentum:
    """One that is passed the gradients at each step."""

    def __init__(self, params, lr, momentum=0.9):
        self.params, self.lr, self.momentum = params, lr, momentum
        self.v = [0.0 for _ in params]

    def step(self, grads):
        for i, g in enumerate(grads):
            self.v[i] = self.momentum * self.v[i] - self.lr * g
            self.params[i] += self.v[i]
