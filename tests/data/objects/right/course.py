"""A course's layers: the bias is the last row of the weights, and an optimizer is called within backward."""

import copy

import numpy as np


class BaseLayer:
    def __init__(self):
        self.trainable, self.testing_phase = False, False


class FullyConnected(BaseLayer):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.trainable = True
        self.weights = np.random.uniform(0, 1, (input_size + 1, output_size))
        self._optimizer = None

    @property
    def optimizer(self):
        return self._optimizer

    @optimizer.setter
    def optimizer(self, value):
        self._optimizer = value

    def forward(self, input_tensor):
        self.input_tensor = np.hstack([input_tensor, np.ones((len(input_tensor), 1))])
        return self.input_tensor @ self.weights

    def backward(self, error_tensor):
        previous = error_tensor @ self.weights[:-1].T
        self.gradient_weights = self.input_tensor.T @ error_tensor
        if self._optimizer is not None:
            self.weights = self._optimizer.calculate_update(self.weights, self.gradient_weights)
        return previous


class Conv(BaseLayer):
    def __init__(self, stride_shape, convolution_shape, num_kernels):
        super().__init__()
        self.stride_shape, self.convolution_shape, self.num_kernels = (
            stride_shape,
            convolution_shape,
            num_kernels,
        )
        self.weights = np.random.uniform(0, 1, (num_kernels, *convolution_shape))
        self.bias = np.random.uniform(0, 1, num_kernels)
        self._optimizer, self._bias_optimizer = None, None

    @property
    def optimizer(self):
        return self._optimizer

    @optimizer.setter
    def optimizer(self, value):
        self._optimizer, self._bias_optimizer = copy.deepcopy(value), copy.deepcopy(value)

    def _window(self, i, j):
        (sh, sw), (_, kh, kw) = self.stride_shape, self.convolution_shape
        return ..., slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)

    def forward(self, input_tensor):
        self.shape = input_tensor.shape
        (sh, sw), (_, kh, kw) = self.stride_shape, self.convolution_shape
        self.pads = ((kh - 1) // 2, kh // 2), ((kw - 1) // 2, kw // 2)
        self.padded = np.pad(input_tensor, ((0, 0), (0, 0), *self.pads))
        n, _, h, w = input_tensor.shape
        out = np.zeros((n, self.num_kernels, (h - 1) // sh + 1, (w - 1) // sw + 1))
        for i, j in np.ndindex(out.shape[2:]):
            window = self.padded[self._window(i, j)]
            out[:, :, i, j] = np.tensordot(window, self.weights, ((1, 2, 3), (1, 2, 3))) + self.bias
        return out

    def backward(self, error_tensor):
        self.gradient_weights, padded = np.zeros(self.weights.shape), np.zeros(self.padded.shape)
        for i, j in np.ndindex(error_tensor.shape[2:]):
            error = error_tensor[:, :, i, j]
            self.gradient_weights += np.tensordot(error, self.padded[self._window(i, j)], (0, 0))
            padded[self._window(i, j)] += np.tensordot(error, self.weights, (1, 0))
        self.gradient_bias = error_tensor.sum(axis=(0, 2, 3))
        if self._optimizer is not None:
            self.weights = self._optimizer.calculate_update(self.weights, self.gradient_weights)
            self.bias = self._bias_optimizer.calculate_update(self.bias, self.gradient_bias)
        (top, _), (left, _) = self.pads
        return padded[:, :, top : top + self.shape[2], left : left + self.shape[3]]


class Pooling(BaseLayer):
    def __init__(self, stride_shape, pooling_shape):
        super().__init__()
        self.stride_shape, self.pooling_shape = stride_shape, pooling_shape

    def forward(self, input_tensor):
        self.input_tensor = input_tensor
        (sh, sw), size = self.stride_shape, self.pooling_shape
        view = np.lib.stride_tricks.sliding_window_view(input_tensor, size, axis=(2, 3))[:, :, ::sh, ::sw]
        return view.max(axis=(4, 5))

    def backward(self, error_tensor):
        result = np.zeros(self.input_tensor.shape)
        (sh, sw), (kh, kw) = self.stride_shape, self.pooling_shape
        for n, c, i, j in np.ndindex(error_tensor.shape):
            window = self.input_tensor[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
            row, column = np.unravel_index(window.argmax(), window.shape)
            result[n, c, i * sh + row, j * sw + column] += error_tensor[n, c, i, j]
        return result


class Dropout(BaseLayer):
    def __init__(self, probability):
        super().__init__()
        self.probability = probability

    def forward(self, input_tensor):
        if self.testing_phase:
            return input_tensor
        self.mask = (np.random.random(input_tensor.shape) < self.probability) / self.probability
        return input_tensor * self.mask

    def backward(self, error_tensor):
        return error_tensor * self.mask


class BatchNormalization(BaseLayer):
    def __init__(self, channels):
        super().__init__()
        self.weights, self.bias = np.ones(channels), np.zeros(channels)
        self.moving_mean, self.moving_var = None, None

    def forward(self, input_tensor):
        if self.testing_phase:
            mean, var = self.moving_mean, self.moving_var
        else:
            mean, var = input_tensor.mean(axis=0), input_tensor.var(axis=0)
            if self.moving_mean is None:
                self.moving_mean, self.moving_var = mean, var
            self.moving_mean = 0.8 * self.moving_mean + 0.2 * mean
            self.moving_var = 0.8 * self.moving_var + 0.2 * var
        self.std = np.sqrt(var + 1e-10)
        self.hat = (input_tensor - mean) / self.std
        return self.weights * self.hat + self.bias

    def backward(self, error_tensor):
        self.gradient_weights = (error_tensor * self.hat).sum(axis=0)
        self.gradient_bias = error_tensor.sum(axis=0)
        error = error_tensor * self.weights
        return (error - error.mean(axis=0) - self.hat * (error * self.hat).mean(axis=0)) / self.std
