# wrong: ConvLayer.backward
"""One image with the channels last; the image's gradient is overwritten where windows overlap."""

import numpy as np


class ConvLayer:
    def __init__(self, in_channels, num_filters, kernel_size):
        self.size = kernel_size
        self.kernels = np.random.randn(num_filters, kernel_size, kernel_size, in_channels)
        self.biases = np.zeros(num_filters)

    def forward(self, image):
        self.image, k = image, self.size
        out = np.zeros((image.shape[0] - k + 1, image.shape[1] - k + 1, len(self.biases)))
        for i, j in np.ndindex(out.shape[:2]):
            out[i, j] = np.tensordot(self.kernels, image[i : i + k, j : j + k], 3) + self.biases
        return out

    def backward(self, grad):
        back, k = np.zeros(self.image.shape), self.size
        self.d_kernels, self.d_biases = np.zeros(self.kernels.shape), grad.sum(axis=(0, 1))
        for i, j in np.ndindex(grad.shape[:2]):
            self.d_kernels += grad[i, j][:, None, None, None] * self.image[i : i + k, j : j + k]
            back[i : i + k, j : j + k] = np.tensordot(grad[i, j], self.kernels, 1)
        return back
