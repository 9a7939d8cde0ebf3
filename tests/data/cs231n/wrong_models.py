"""Models with one mistake or two in each."""
import numpy as np

from vectorised import *


class TwoLayerNet(object):
    # reg * W1 was forgotten, and db2 is a mean; the loss is right

    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            'W1': weight_scale * np.random.randn(input_dim, hidden_dim), 'b1': np.zeros(hidden_dim),
            'W2': weight_scale * np.random.randn(hidden_dim, num_classes), 'b2': np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        p = self.params
        a, cache1 = affine_forward(X, p['W1'], p['b1'])
        h, cache2 = relu_forward(a)
        scores, cache3 = affine_forward(h, p['W2'], p['b2'])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(p['W1'] ** 2) + np.sum(p['W2'] ** 2))
        grads = {}
        dh, grads['W2'], grads['b2'] = affine_backward(dscores, cache3)
        grads['W2'] += self.reg * p['W2']
        grads['b2'] = np.mean(dscores, axis=0)
        _, grads['W1'], grads['b1'] = affine_backward(relu_backward(dh, cache2), cache1)
        return loss, grads


class Half(TwoLayerNet):
    # no factor of a half in the loss, none in the gradients either

    def loss(self, X, y=None):
        p = self.params
        a, cache1 = affine_forward(X, p['W1'], p['b1'])
        h, cache2 = relu_forward(a)
        scores, cache3 = affine_forward(h, p['W2'], p['b2'])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += self.reg * (np.sum(p['W1'] ** 2) + np.sum(p['W2'] ** 2))
        grads = {}
        dh, grads['W2'], grads['b2'] = affine_backward(dscores, cache3)
        _, grads['W1'], grads['b1'] = affine_backward(relu_backward(dh, cache2), cache1)
        grads['W1'] += self.reg * p['W1']
        grads['W2'] += 2 * self.reg * p['W2']
        return loss, grads


class ThreeLayerConvNet(object):
    # the backward of relu after the convolution is left out, dW2 has its axes swapped, there is no b3

    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100,
                 num_classes=10, weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        self.reg = reg
        self.params = {
            'W1': weight_scale * np.random.randn(num_filters, C, filter_size, filter_size),
            'b1': np.zeros(num_filters),
            'W2': weight_scale * np.random.randn(num_filters * H * W // 4, hidden_dim),
            'b2': np.zeros(hidden_dim),
            'W3': weight_scale * np.random.randn(hidden_dim, num_classes),
            'b3': np.zeros(num_classes),
        }
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}

    def loss(self, X, y=None):
        p = self.params
        conv_param = {'stride': 1, 'pad': (p['W1'].shape[2] - 1) // 2}
        pool_param = {'pool_height': 2, 'pool_width': 2, 'stride': 2}
        a, cache1 = conv_forward_naive(X, p['W1'], p['b1'], conv_param)
        r, cache2 = relu_forward(a)
        q, cache3 = max_pool_forward_naive(r, pool_param)
        f, cache4 = affine_forward(q, p['W2'], p['b2'])
        h, cache5 = relu_forward(f)
        scores, cache6 = affine_forward(h, p['W3'], p['b3'])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * sum(np.sum(p[k] ** 2) for k in p)
        grads = {}
        dh, grads['W3'], db3 = affine_backward(dscores, cache6)
        dq, dw2, grads['b2'] = affine_backward(relu_backward(dh, cache5), cache4)
        grads['W2'] = dw2.T
        dr = max_pool_backward_naive(dq, cache3)
        _, grads['W1'], grads['b1'] = conv_backward_naive(dr, cache1)
        for k in ('W1', 'W3'):
            grads[k] += self.reg * p[k]
        for k in ('b1', 'b2'):
            grads[k] += self.reg * p[k]
        return loss, grads


class FullyConnectedNet(object):
    # the scores are not what the loss is taken of, and the keywords are right but it crashes

    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, dtype=np.float32):
        self.params = {'W1': np.zeros((input_dim, num_classes))}

    def loss(self, X, y=None):
        return X.dot(self.params['W2'])
