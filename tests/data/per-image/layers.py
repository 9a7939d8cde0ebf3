#!/usr/bin/env python3
# -*- coding: UTF-8 -*-
"""The family's layers, right: any image, any filter, any stride."""
import numpy as np


class ReluActivator(object):
    def forward(self, weighted_input):
        return max(0, weighted_input)

    def backward(self, output):
        return 1 if output > 0 else 0


class IdentityActivator(object):
    def forward(self, weighted_input):
        return weighted_input

    def backward(self, output):
        return 1


class SigmoidActivator(object):
    def forward(self, weighted_input):
        return 1.0 / (1.0 + np.exp(-weighted_input))

    def backward(self, output):
        return output * (1 - output)


class TanhActivator(object):
    def forward(self, weighted_input):
        return np.tanh(weighted_input)

    def backward(self, output):
        return 1 - output * output


# the part of the input that output (i, j) looks at, for 2-D and 3-D inputs
def get_patch(input_array, i, j, filter_width, filter_height, stride):
    top, left = i * stride, j * stride
    return input_array[..., top:top + filter_height, left:left + filter_width]


# where the largest number of a 2-D array is
def get_max_index(array):
    best = (0, 0)
    for i in range(array.shape[0]):
        for j in range(array.shape[1]):
            if array[i, j] > array[best]:
                best = (i, j)
    return best


def conv(input_array, kernel_array, output_array, stride, bias):
    kernel_height, kernel_width = kernel_array.shape[-2:]
    for i in range(output_array.shape[0]):
        for j in range(output_array.shape[1]):
            patch = get_patch(input_array, i, j, kernel_width, kernel_height, stride)
            output_array[i][j] = (patch * kernel_array).sum() + bias


def frame(input_array, zh, zw):
    widths = [(0, 0)] * (input_array.ndim - 2) + [(zh, zh), (zw, zw)]
    return np.pad(input_array, widths, mode='constant')


# zeros around an array, for 2-D and 3-D arrays
def padding(input_array, zp):
    return input_array if zp == 0 else frame(input_array, zp, zp)


def element_wise_op(array, op):
    for i in np.nditer(array, op_flags=['readwrite']):
        i[...] = op(i)


class Filter(object):
    def __init__(self, width, height, depth):
        self.weights = np.random.uniform(-1e-4, 1e-4, (depth, height, width))
        self.bias = 0
        self.weights_grad = np.zeros(self.weights.shape)
        self.bias_grad = 0

    def __repr__(self):
        return 'filter weights:\n%s\nbias:\n%s' % (repr(self.weights), repr(self.bias))

    def get_weights(self):
        return self.weights

    def get_bias(self):
        return self.bias

    def update(self, learning_rate):
        self.weights -= learning_rate * self.weights_grad
        self.bias -= learning_rate * self.bias_grad


class ConvLayer(object):
    def __init__(self, input_width, input_height, channel_number,
                 filter_width, filter_height, filter_number,
                 zero_padding, stride, activator, learning_rate):
        self.input_width = input_width
        self.input_height = input_height
        self.channel_number = channel_number
        self.filter_width = filter_width
        self.filter_height = filter_height
        self.filter_number = filter_number
        self.zero_padding = zero_padding
        self.stride = stride
        self.output_width = ConvLayer.calculate_output_size(
            input_width, filter_width, zero_padding, stride)
        self.output_height = ConvLayer.calculate_output_size(
            input_height, filter_height, zero_padding, stride)
        self.output_array = np.zeros((filter_number, self.output_height, self.output_width))
        self.filters = [Filter(filter_width, filter_height, channel_number)
                        for _ in range(filter_number)]
        self.activator = activator
        self.learning_rate = learning_rate

    @staticmethod
    def calculate_output_size(input_size, filter_size, zero_padding, stride):
        return (input_size - filter_size + 2 * zero_padding) // stride + 1

    def forward(self, input_array):
        self.input_array = input_array
        self.padded_input_array = padding(input_array, self.zero_padding)
        for f in range(self.filter_number):
            kernel = self.filters[f]
            conv(self.padded_input_array, kernel.get_weights(), self.output_array[f],
                 self.stride, kernel.get_bias())
        element_wise_op(self.output_array, self.activator.forward)

    def backward(self, input_array, sensitivity_array, activator):
        self.forward(input_array)
        self.bp_sensitivity_map(sensitivity_array, activator)
        self.bp_gradient(sensitivity_array)

    def update(self):
        for kernel in self.filters:
            kernel.update(self.learning_rate)

    def bp_sensitivity_map(self, sensitivity_array, activator):
        expanded = self.expand_sensitivity_map(sensitivity_array)
        # a full convolution: as many zeros as bring the input's size back
        zh = self.filter_height - 1 - self.zero_padding
        zw = self.filter_width - 1 - self.zero_padding
        padded = frame(expanded, zh, zw)
        self.delta_array = self.create_delta_array()
        for f in range(self.filter_number):
            flipped = self.filters[f].get_weights()[:, ::-1, ::-1]
            delta = self.create_delta_array()
            for d in range(delta.shape[0]):
                conv(padded[f], flipped[d], delta[d], 1, 0)
            self.delta_array += delta
        derivative = np.array(self.input_array, dtype=float)
        element_wise_op(derivative, activator.backward)
        self.delta_array *= derivative

    def bp_gradient(self, sensitivity_array):
        expanded = self.expand_sensitivity_map(sensitivity_array)
        for f in range(self.filter_number):
            kernel = self.filters[f]
            for d in range(kernel.weights.shape[0]):
                conv(self.padded_input_array[d], expanded[f], kernel.weights_grad[d], 1, 0)
            kernel.bias_grad = expanded[f].sum()

    # what the map would be at stride 1: zeros in between
    def expand_sensitivity_map(self, sensitivity_array):
        height = self.input_height - self.filter_height + 2 * self.zero_padding + 1
        width = self.input_width - self.filter_width + 2 * self.zero_padding + 1
        expanded = np.zeros((sensitivity_array.shape[0], height, width))
        for i in range(self.output_height):
            for j in range(self.output_width):
                expanded[:, i * self.stride, j * self.stride] = sensitivity_array[:, i, j]
        return expanded

    def create_delta_array(self):
        return np.zeros((self.channel_number, self.input_height, self.input_width))


class MaxPoolingLayer(object):
    def __init__(self, input_width, input_height, channel_number,
                 filter_width, filter_height, stride):
        self.channel_number = channel_number
        self.filter_width = filter_width
        self.filter_height = filter_height
        self.stride = stride
        self.output_width = (input_width - filter_width) // stride + 1
        self.output_height = (input_height - filter_height) // stride + 1
        self.output_array = np.zeros((channel_number, self.output_height, self.output_width))

    def forward(self, input_array):
        for d in range(self.channel_number):
            for i in range(self.output_height):
                for j in range(self.output_width):
                    self.output_array[d, i, j] = get_patch(
                        input_array[d], i, j, self.filter_width, self.filter_height, self.stride).max()

    def backward(self, input_array, sensitivity_array):
        self.delta_array = np.zeros(input_array.shape)
        for d in range(self.channel_number):
            for i in range(self.output_height):
                for j in range(self.output_width):
                    patch = get_patch(
                        input_array[d], i, j, self.filter_width, self.filter_height, self.stride)
                    k, l = get_max_index(patch)
                    self.delta_array[d, i * self.stride + k, j * self.stride + l] += sensitivity_array[d, i, j]
