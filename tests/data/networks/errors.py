"""Networks that pass errors through objects, as a university's course does: layers with optimisers, a data layer."""
import copy

import numpy as np


class Sgd:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate
        self.regularizer = None

    def calculate_update(self, weight_tensor, gradient_tensor):
        shrink = 0 if self.regularizer is None else self.regularizer.calculate_gradient(weight_tensor)
        return weight_tensor - self.learning_rate * (gradient_tensor + shrink)


class L2_Regularizer:
    def __init__(self, alpha):
        self.alpha = alpha

    def calculate_gradient(self, weights):
        return self.alpha * weights

    def norm(self, weights):
        return self.alpha * np.sum(weights ** 2)


class BaseLayer:
    def __init__(self):
        self.trainable = False


class FullyConnected(BaseLayer):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.trainable = True
        self.weights = np.random.rand(input_size + 1, output_size)
        self._optimizer = None
        self._gradient_weights = None

    def forward(self, input_tensor):
        ones = np.ones((input_tensor.shape[0], 1))
        self.input = np.concatenate((input_tensor, ones), axis=1)
        return self.input @ self.weights

    def backward(self, error_tensor):
        self._gradient_weights = self.input.T @ error_tensor
        error = error_tensor @ self.weights[:-1].T
        if self._optimizer is not None:
            self.weights = self._optimizer.calculate_update(self.weights, self._gradient_weights)
        return error

    @property
    def gradient_weights(self):
        return self._gradient_weights

    @property
    def optimizer(self):
        return self._optimizer

    @optimizer.setter
    def optimizer(self, optimizer):
        self._optimizer = optimizer


class ReLU(BaseLayer):
    def forward(self, input_tensor):
        self.positive = input_tensor > 0
        return input_tensor * self.positive

    def backward(self, error_tensor):
        return error_tensor * self.positive


class Sigmoid(BaseLayer):
    def forward(self, input_tensor):
        self.activation = 1 / (1 + np.exp(-input_tensor))
        return self.activation

    def backward(self, error_tensor):
        return error_tensor * self.activation * (1 - self.activation)


class Flatten(BaseLayer):
    def forward(self, input_tensor):
        self.shape = input_tensor.shape
        return input_tensor.reshape(self.shape[0], -1)

    def backward(self, error_tensor):
        return error_tensor.reshape(self.shape)


class SoftMax(BaseLayer):
    def forward(self, input_tensor):
        e = np.exp(input_tensor - input_tensor.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, error_tensor):
        return self.y * (error_tensor - (error_tensor * self.y).sum(axis=1, keepdims=True))


class CrossEntropyLoss:
    def forward(self, prediction_tensor, label_tensor):
        self.prediction = prediction_tensor
        return np.sum(-np.log(prediction_tensor[label_tensor == 1] + np.finfo(float).eps))

    def backward(self, label_tensor):
        return -label_tensor / (self.prediction + np.finfo(float).eps)


class Data:
    def __init__(self, x, y):
        self.x, self.y, self.rng = x, y, np.random.default_rng(0)

    def next(self):
        order = self.rng.permutation(len(self.x))
        return self.x[order], self.y[order]


class NeuralNetwork:
    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.loss = []
        self.layers = []
        self.data_layer = None
        self.loss_layer = None

    def append_layer(self, layer):
        if layer.trainable:
            layer.optimizer = copy.deepcopy(self.optimizer)
        self.layers.append(layer)

    def forward(self):
        input_tensor, self.label_tensor = self.data_layer.next()
        norm = 0
        for layer in self.layers:
            input_tensor = layer.forward(input_tensor)
            if layer.trainable and layer.optimizer.regularizer is not None:
                norm += layer.optimizer.regularizer.norm(layer.weights)
        return self.loss_layer.forward(input_tensor, self.label_tensor) + norm

    def backward(self):
        error_tensor = self.loss_layer.backward(self.label_tensor)
        for layer in reversed(self.layers):
            error_tensor = layer.backward(error_tensor)

    def train(self, iterations):
        for _ in range(iterations):
            self.loss.append(self.forward())
            self.backward()


def case(seed, regularizer=None):
    """Return a network that brings its own data."""
    rng = np.random.default_rng((seed, 5))
    optimizer = Sgd(0.1)
    optimizer.regularizer = regularizer
    net = NeuralNetwork(optimizer)
    for layer in (Flatten(), FullyConnected(6, 5), ReLU(), FullyConnected(5, 4), Sigmoid(), FullyConnected(4, 3)):
        if layer.trainable:
            layer.weights = rng.standard_normal(layer.weights.shape) / 2
        net.append_layer(layer)
    net.append_layer(SoftMax())
    net.loss_layer = CrossEntropyLoss()
    net.data_layer = Data(rng.standard_normal((4, 2, 3)), np.eye(3)[rng.integers(0, 3, 4)])
    return net, ()
