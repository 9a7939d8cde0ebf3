"""Layers of one image with the channels last, and layers that leave their results in attributes."""

import numpy as np


class Conv3x3:
    def __init__(self, num_filters):
        self.num_filters = num_filters
        self.filters = np.random.randn(num_filters, 3, 3) / 9

    def forward(self, input):
        self.last_input = input
        h, w = input.shape
        output = np.zeros((h - 2, w - 2, self.num_filters))
        for i, j in np.ndindex(h - 2, w - 2):
            output[i, j] = np.sum(input[i : i + 3, j : j + 3] * self.filters, axis=(1, 2))
        return output

    def backprop(self, d_L_d_out, learn_rate):
        d_L_d_filters = np.zeros(self.filters.shape)
        for i, j, f in np.ndindex(d_L_d_out.shape):
            d_L_d_filters[f] += d_L_d_out[i, j, f] * self.last_input[i : i + 3, j : j + 3]
        self.filters -= learn_rate * d_L_d_filters
        return None


class MaxPool2:
    def forward(self, input):
        self.last_input = input
        h, w, f = input.shape
        return input[: h // 2 * 2, : w // 2 * 2].reshape(h // 2, 2, w // 2, 2, f).max(axis=(1, 3))

    def backprop(self, d_L_d_out):
        d_L_d_input = np.zeros(self.last_input.shape)
        for i, j, f in np.ndindex(d_L_d_out.shape):
            region = self.last_input[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, f]
            row, column = np.unravel_index(region.argmax(), (2, 2))
            d_L_d_input[2 * i + row, 2 * j + column, f] = d_L_d_out[i, j, f]
        return d_L_d_input


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_Sigmoid:
    def forward(self, inputs):
        self.output = 1 / (1 + np.exp(-inputs))

    def backward(self, dvalues):
        self.dinputs = dvalues * (1 - self.output) * self.output


class Conv2DTranspose:
    """Channels last; the gradient of the filters is the mean over the samples, as that of the bias."""

    def __init__(self, in_channels, filters, kernel_size, strides=1):
        self.k, self.s = kernel_size, strides
        self.w = np.random.randn(kernel_size, kernel_size, filters, in_channels)
        self.b = np.zeros(filters)

    def forward(self, x):
        self.x = x
        n, h, w, _ = x.shape
        out = np.zeros((n, (h - 1) * self.s + self.k, (w - 1) * self.s + self.k, len(self.b)))
        for i, j in np.ndindex(h, w):
            part = np.einsum("nc,ijfc->nijf", x[:, i, j], self.w)
            out[:, i * self.s : i * self.s + self.k, j * self.s : j * self.s + self.k] += part
        return out + self.b

    def backward(self, dout):
        dx, dw = np.zeros(self.x.shape), np.zeros(self.w.shape)
        for i, j in np.ndindex(self.x.shape[1:3]):
            window = dout[:, i * self.s : i * self.s + self.k, j * self.s : j * self.s + self.k]
            dx[:, i, j] = np.einsum("nijf,ijfc->nc", window, self.w)
            dw += np.einsum("nijf,nc->ijfc", window, self.x[:, i, j])
        return dx, dw / len(dout), dout.sum(axis=(0, 1, 2)) / len(dout)


class InstanceNorm2D:
    def __init__(self, channels, eps=1e-5):
        self.gamma = np.ones((1, channels, 1, 1))
        self.beta = np.zeros((1, channels, 1, 1))
        self.eps = eps

    def forward(self, x):
        spread = x.var(axis=(2, 3), keepdims=True)
        self.inv = 1 / np.sqrt(spread + self.eps)
        self.hat = (x - x.mean(axis=(2, 3), keepdims=True)) * self.inv
        return self.gamma * self.hat + self.beta

    def backward(self, g):
        self.dgamma = np.sum(g * self.hat, axis=(0, 2, 3), keepdims=True)
        self.dbeta = np.sum(g, axis=(0, 2, 3), keepdims=True)
        g = g * self.gamma
        along = (g * self.hat).mean(axis=(2, 3), keepdims=True)
        return self.inv * (g - g.mean(axis=(2, 3), keepdims=True) - self.hat * along)
