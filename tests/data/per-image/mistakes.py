# -*- coding: UTF-8 -*-
"""Mistakes that are often made in these layers; the forwards and IdentityActivator are right."""
import numpy as np


class ReluActivator(object):
    def forward(self, weighted_input):
        return max(0, weighted_input)

    def backward(self, output):
        # the wrong way round
        return 1 if output < 0 else 0


class IdentityActivator(object):
    def forward(self, weighted_input):
        return weighted_input

    def backward(self, output):
        return 1


class SigmoidActivator(object):
    def forward(self, weighted_input):
        return 1.0 / (1.0 + np.exp(-weighted_input))

    def backward(self, output):
        # of the output, which is a sigmoid already
        s = self.forward(output)
        return s * (1 - s)


def conv(input_array, kernel_array, output_array, stride, bias):
    h, w = kernel_array.shape[-2:]
    for i in range(output_array.shape[0]):
        for j in range(output_array.shape[1]):
            patch = input_array[..., i * stride:i * stride + h, j * stride:j * stride + w]
            output_array[i, j] = np.sum(patch * kernel_array) + bias


def padding(input_array, zp):
    widths = [(0, 0)] * (input_array.ndim - 2) + [(zp, zp), (zp, zp)]
    return np.pad(input_array, widths, mode='constant')


class Filter(object):
    def __init__(self, width, height, depth):
        self.weights = np.random.uniform(-1e-4, 1e-4, (depth, height, width))
        self.bias = 0
        self.weights_grad = np.zeros(self.weights.shape)
        self.bias_grad = 0

    def update(self, learning_rate):
        # uphill, and the bias is forgotten
        self.weights += learning_rate * self.weights_grad


class ConvLayer(object):
    def __init__(self, input_width, input_height, channel_number,
                 filter_width, filter_height, filter_number,
                 zero_padding, stride, activator, learning_rate):
        self.size = (channel_number, input_height, input_width)
        self.filter_height, self.filter_width = filter_height, filter_width
        self.zp, self.stride = zero_padding, stride
        self.full = (input_height - filter_height + 2 * zero_padding + 1,
                     input_width - filter_width + 2 * zero_padding + 1)
        oh, ow = [(full - 1) // stride + 1 for full in self.full]
        self.output_array = np.zeros((filter_number, oh, ow))
        self.filters = [Filter(filter_width, filter_height, channel_number)
                        for _ in range(filter_number)]
        self.activator = activator
        self.learning_rate = learning_rate

    def forward(self, input_array):
        self.padded = padding(input_array, self.zp)
        for f, kernel in enumerate(self.filters):
            conv(self.padded, kernel.weights, self.output_array[f], self.stride, kernel.bias)
        self.output_array = np.vectorize(self.activator.forward, otypes=[float])(self.output_array)

    def backward(self, input_array, sensitivity_array, activator):
        self.forward(input_array)
        self.delta_array = np.zeros(self.size)
        for f, kernel in enumerate(self.filters):
            expanded = np.zeros(self.full)
            expanded[::self.stride, ::self.stride] = sensitivity_array[f]
            zh, zw = self.filter_height - 1 - self.zp, self.filter_width - 1 - self.zp
            padded = np.pad(expanded, [(zh, zh), (zw, zw)], mode='constant')
            for d in range(self.size[0]):
                delta = np.zeros(self.size[1:])
                # should be turned by 180 degrees
                conv(padded, kernel.weights[d], delta, 1, 0)
                self.delta_array[d] += delta
                conv(self.padded[d], expanded, kernel.weights_grad[d], 1, 0)
            kernel.bias_grad = np.mean(sensitivity_array[f])
        # the activator is not asked

    def update(self):
        for kernel in self.filters:
            kernel.update(self.learning_rate)


class MaxPoolingLayer(object):
    def __init__(self, input_width, input_height, channel_number,
                 filter_width, filter_height, stride):
        self.fw, self.fh, self.stride = filter_width, filter_height, stride
        self.output_array = np.zeros((channel_number,
                                      (input_height - filter_height) // stride + 1,
                                      (input_width - filter_width) // stride + 1))

    def windows(self):
        for d, i, j in np.ndindex(self.output_array.shape):
            top, left = i * self.stride, j * self.stride
            yield (d, i, j), (d, slice(top, top + self.fh), slice(left, left + self.fw))

    def forward(self, input_array):
        for place, window in self.windows():
            self.output_array[place] = input_array[window].max()

    def backward(self, input_array, sensitivity_array):
        self.delta_array = np.zeros(input_array.shape)
        for place, window in self.windows():
            patch = input_array[window]
            k, l = np.unravel_index(patch.argmax(), patch.shape)
            # should be added where windows overlap
            self.delta_array[window][k, l] = sensitivity_array[place]
