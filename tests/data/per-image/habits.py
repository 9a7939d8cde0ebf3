# -*- coding: UTF-8 -*-
"""Right by older habits: square filters only, backward in two parts, no update and no identity."""
import numpy as np


class ReluActivator(object):
    def forward(self, weighted_input):
        return max(0, weighted_input)

    def backward(self, output):
        return 1 if output > 0 else 0


def conv(input_array, kernel_array, output_array, stride, bias):
    h, w = kernel_array.shape[-2:]
    for i in range(output_array.shape[0]):
        for j in range(output_array.shape[1]):
            patch = input_array[..., i * stride:i * stride + h, j * stride:j * stride + w]
            output_array[i, j] = (patch * kernel_array).sum() + bias


def padding(array, zp):
    widths = [(0, 0)] * (array.ndim - 2) + [(zp, zp), (zp, zp)]
    return np.pad(array, widths, mode='constant')


class Filter(object):
    def __init__(self, width, height, depth):
        self.weights = np.random.uniform(-1e-4, 1e-4, (depth, height, width))
        self.weights_grad = np.zeros(self.weights.shape)
        self.bias = self.bias_grad = 0


class ConvLayer(object):
    def __init__(self, input_width, input_height, channel_number,
                 filter_width, filter_height, filter_number,
                 zero_padding, stride, activator, learning_rate):
        self.size = (channel_number, input_height, input_width)
        self.filter_width = filter_width
        self.zp, self.stride, self.activator = zero_padding, stride, activator
        self.full = (input_height - filter_height + 2 * zero_padding + 1,
                     input_width - filter_width + 2 * zero_padding + 1)
        self.output_array = np.zeros((filter_number,) + tuple((n - 1) // stride + 1 for n in self.full))
        self.filters = [Filter(filter_width, filter_height, channel_number)
                        for _ in range(filter_number)]

    def forward(self, input_array):
        self.input_array = input_array
        self.padded = padding(input_array, self.zp)
        for f, kernel in enumerate(self.filters):
            conv(self.padded, kernel.weights, self.output_array[f], self.stride, kernel.bias)
        for place, value in np.ndenumerate(self.output_array):
            self.output_array[place] = self.activator.forward(value)

    def expand(self, sensitivity_array):
        expanded = np.zeros((len(self.filters),) + self.full)
        expanded[:, ::self.stride, ::self.stride] = sensitivity_array
        return expanded

    def bp_sensitivity_map(self, sensitivity_array, activator):
        # the filter's width, for its height as well
        padded = padding(self.expand(sensitivity_array), self.filter_width - 1 - self.zp)
        self.delta_array = np.zeros(self.size)
        for f, kernel in enumerate(self.filters):
            for d in range(self.size[0]):
                delta = np.zeros(self.size[1:])
                conv(padded[f], np.rot90(kernel.weights[d], 2), delta, 1, 0)
                self.delta_array[d] += delta
        for place, value in np.ndenumerate(self.input_array):
            self.delta_array[place] *= activator.backward(value)

    def bp_gradient(self, sensitivity_array):
        expanded = self.expand(sensitivity_array)
        for f, kernel in enumerate(self.filters):
            for d in range(self.size[0]):
                conv(self.padded[d], expanded[f], kernel.weights_grad[d], 1, 0)
            kernel.bias_grad = expanded[f].sum()
