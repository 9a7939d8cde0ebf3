# wrong: FullyConnected.backward
"""With an optimizer behind a property the weights are updated before the error is passed on through them."""

import numpy as np


class FullyConnected:
    def __init__(self, input_size, output_size):
        self.weights = np.random.uniform(0, 1, (input_size + 1, output_size))
        self._opt, self._gradient = None, None

    gradient_weights = property(lambda self: self._gradient)
    optimizer = property(lambda self: self._opt, lambda self, value: setattr(self, "_opt", value))

    def forward(self, input_tensor):
        self.x = np.c_[input_tensor, np.ones(len(input_tensor))]
        return self.x @ self.weights

    def backward(self, error_tensor):
        self._gradient = self.x.T @ error_tensor
        if self.optimizer:
            self.weights = self.optimizer.calculate_update(self.weights, self._gradient)
        return error_tensor @ self.weights[:-1].T
