"""Right or unfinished, each in a way of its own."""
import numpy as np


class TwoLayerNet(object):
    # as it is handed out

    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params = {}
        self.reg = reg

    def loss(self, X, y=None):
        scores = None
        if y is None:
            return scores
        loss, grads = 0, {}
        return loss, grads


class FullyConnectedNet(object):
    # as it is handed out, with the parameters made

    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, reg=0.0, dtype=np.float32):
        self.params = {'W1': np.zeros((input_dim, num_classes)).astype(dtype)}

    def loss(self, X, y=None):
        scores = None
        if y is None:
            return scores
        loss, grads = 0.0, {}
        return loss, grads


class Hinge(object):
    # a linear classifier with a hinge loss, and its biases are regularised

    def __init__(self, input_dim=3072, hidden_dim=1, num_classes=10, reg=0.0):
        self.reg = reg
        self.params = {'W': 0.01 * np.random.randn(input_dim, num_classes), 'b': np.zeros(num_classes)}

    def loss(self, X, y=None):
        W, b = self.params['W'], self.params['b']
        scores = X.dot(W) + b
        if y is None:
            return scores
        rows = np.arange(len(y))
        margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
        margins[rows, y] = 0
        d = (margins > 0) / len(y)
        d[rows, y] = -d.sum(axis=1)
        loss = margins.sum() / len(y) + 0.5 * self.reg * (np.sum(W * W) + np.sum(b * b))
        return loss, {'W': X.T.dot(d) + self.reg * W, 'b': d.sum(axis=0) + self.reg * b}


class Single(Hinge):
    # computes in single precision, whatever it is given

    def loss(self, X, y=None):
        self.params = {k: v.astype(np.float32) for k, v in self.params.items()}
        return super(Single, self).loss(X.astype(np.float32), y)


class Elsewhere(Hinge):
    # keeps its arrays elsewhere as well

    def __init__(self, input_dim=3072, hidden_dim=1, num_classes=10, reg=0.0):
        super(Elsewhere, self).__init__(input_dim, hidden_dim, num_classes, reg)
        self.own = dict(self.params)

    def loss(self, X, y=None):
        self.params = self.own
        return super(Elsewhere, self).loss(X, y)


class Trainer(object):
    # has a loss, and is no model

    def __init__(self, model, data):
        self.model = model

    def loss(self, X):
        return 0
