"""Layers that update themselves in backward: for batches, for one column, with the rate as an argument or an attribute."""

import numpy as np


class DenseLayer:
    def __init__(self, input_size, output_size):
        self.weights = np.random.rand(input_size, output_size) - 0.5
        self.bias = np.zeros((1, output_size))

    def forward_propagation(self, input_data):
        self.input = input_data
        return self.input @ self.weights + self.bias

    def backward_propagation(self, output_error, learning_rate):
        input_error = output_error @ self.weights.T
        self.weights -= learning_rate * (self.input.T @ output_error)
        self.bias -= learning_rate * output_error.sum(axis=0, keepdims=True)
        return input_error


class Linear:
    def __init__(self, n_inputs, n_outputs, learning_rate=0.1):
        self.w = np.random.randn(n_outputs, n_inputs)
        self.b = np.zeros((n_outputs, 1))
        self.learning_rate = learning_rate

    def forward(self, x):
        self.x = x
        return self.w @ x + self.b

    def backward(self, gradient):
        back = self.w.T @ gradient
        self.w = self.w - self.learning_rate * gradient @ self.x.T
        self.b = self.b - self.learning_rate * gradient
        return back


class Convolutional:
    def __init__(self, input_shape, kernel_size, depth):
        channels, height, width = input_shape
        self.input_shape, self.size = input_shape, kernel_size
        self.kernels = np.random.randn(depth, channels, kernel_size, kernel_size)
        self.biases = np.random.randn(depth, height - kernel_size + 1, width - kernel_size + 1)

    def forward(self, input):
        self.windows = np.lib.stride_tricks.sliding_window_view(input, (self.size, self.size), axis=(1, 2))
        return np.einsum("chwij,fcij->fhw", self.windows, self.kernels) + self.biases

    def backward(self, output_gradient, learning_rate):
        back = np.zeros(self.input_shape)
        for i, j in np.ndindex(output_gradient.shape[1:]):
            part = np.tensordot(output_gradient[:, i, j], self.kernels, (0, 0))
            back[:, i : i + self.size, j : j + self.size] += part
        self.kernels -= learning_rate * np.einsum("chwij,fhw->fcij", self.windows, output_gradient)
        self.biases -= learning_rate * output_gradient
        return back


class Activation:
    def __init__(self, activation, activation_prime):
        self.activation, self.activation_prime = activation, activation_prime

    def forward(self, input):
        self.input = input
        return self.activation(input)

    def backward(self, output_gradient, learning_rate):
        return output_gradient * self.activation_prime(self.input)
