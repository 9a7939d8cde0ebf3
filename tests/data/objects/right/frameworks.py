"""A small framework: a base class, parameters from sizes, gradients in attributes and in a dict."""

import numpy as np


class Layer:
    def __init__(self):
        self.params, self.grads = {}, {}

    def forward(self, x, training=True):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out, activation=None):
        super().__init__()
        self.activation = activation
        self.params["W"] = np.random.randn(n_in, n_out) * 0.1
        self.params["b"] = np.zeros(n_out)

    def forward(self, x, training=True):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, grad):
        self.grads = {"W": self.x.T @ grad, "b": grad.sum(axis=0)}
        return grad @ self.params["W"].T


class Conv2D(Layer):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        super().__init__()
        self.k, self.s, self.p = kernel_size, stride, padding
        self.weight = np.random.randn(out_channels, in_channels, self.k, self.k)
        self.bias = np.zeros((out_channels, 1))

    def forward(self, x, training=True):
        self.shape = x.shape
        p = self.p
        self.padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        view = np.lib.stride_tricks.sliding_window_view(self.padded, (self.k, self.k), axis=(2, 3))
        self.windows = view[:, :, :: self.s, :: self.s]
        return np.einsum("nchwij,fcij->nfhw", self.windows, self.weight) + self.bias[:, :, None]

    def backward(self, grad):
        self.grad_weight = np.einsum("nchwij,nfhw->fcij", self.windows, grad)
        self.grad_bias = grad.sum(axis=(0, 2, 3)).reshape(-1, 1)
        dx = np.zeros(self.padded.shape)
        for i in range(grad.shape[2]):
            for j in range(grad.shape[3]):
                top, left = i * self.s, j * self.s
                part = np.einsum("nf,fcij->ncij", grad[:, :, i, j], self.weight)
                dx[:, :, top : top + self.k, left : left + self.k] += part
        return dx[:, :, self.p : self.p + self.shape[2], self.p : self.p + self.shape[3]]


class MaxPool2D(Layer):
    def __init__(self, size=2, stride=None):
        super().__init__()
        self.size, self.stride = size, stride or size

    def forward(self, x, training=True):
        self.x, k, s = x, self.size, self.stride
        view = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        return view.max(axis=(4, 5))

    def backward(self, grad):
        dx = np.zeros(self.x.shape)
        for n, c, i, j in np.ndindex(grad.shape):
            at = (
                slice(i * self.stride, i * self.stride + self.size),
                slice(j * self.stride, j * self.stride + self.size),
            )
            window = self.x[n, c][at]
            row, column = np.unravel_index(window.argmax(), window.shape)
            dx[n, c, at[0].start + row, at[1].start + column] += grad[n, c, i, j]
        return dx


class Flatten(Layer):
    def forward(self, x, training=True):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, grad):
        return grad.reshape(self.shape)


class ReLU(Layer):
    def forward(self, x, training=True):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class LeakyReLU(Layer):
    def forward(self, x, training=True):
        self.slopes = np.where(x > 0, 1, 0.01)
        return x * self.slopes

    def backward(self, grad):
        return grad * self.slopes


class Activation(Layer):
    def __init__(self, name):
        super().__init__()
        self.function, self.slope = FUNCTIONS[name]

    def forward(self, x, training=True):
        self.out = self.function(x)
        return self.out

    def backward(self, grad):
        return grad * self.slope(self.out)


FUNCTIONS = {
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda out: out * (1 - out)),
    "tanh": (np.tanh, lambda out: 1 - out**2),
}


class Dropout(Layer):
    def __init__(self, rate=0.5):
        super().__init__()
        self.rate = rate

    def forward(self, x, training=True):
        self.mask = np.ones(x.shape)
        if training:
            self.mask = (np.random.rand(*x.shape) >= self.rate) / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class BatchNorm(Layer):
    def __init__(self, num_features, momentum=0.9, eps=1e-5):
        super().__init__()
        self.gamma, self.beta = np.ones((1, num_features)), np.zeros((1, num_features))
        self.running_mean, self.running_var = np.zeros((1, num_features)), np.ones((1, num_features))
        self.momentum, self.eps = momentum, eps

    def forward(self, x, training=True):
        mean, var = self.running_mean, self.running_var
        if training:
            mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        self.std = np.sqrt(var + self.eps)
        self.hat = (x - mean) / self.std
        return self.gamma * self.hat + self.beta

    def backward(self, grad):
        self.dgamma = (grad * self.hat).sum(axis=0, keepdims=True)
        self.dbeta = grad.sum(axis=0, keepdims=True)
        g = grad * self.gamma
        return (g - g.mean(axis=0) - self.hat * (g * self.hat).mean(axis=0)) / self.std


class LayerNorm(Layer):
    def __init__(self, features, epsilon=1e-6):
        super().__init__()
        self.gain, self.bias = np.ones(features), np.zeros(features)
        self.epsilon = epsilon

    def forward(self, x, training=True):
        centred = x - x.mean(axis=-1, keepdims=True)
        self.std = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.epsilon)
        self.hat = centred / self.std
        return self.gain * self.hat + self.bias

    def backward(self, grad):
        self.d_gain, self.d_bias = (grad * self.hat).sum(axis=0), grad.sum(axis=0)
        g = grad * self.gain
        return (g - g.mean(-1, keepdims=True) - self.hat * (g * self.hat).mean(-1, keepdims=True)) / self.std
