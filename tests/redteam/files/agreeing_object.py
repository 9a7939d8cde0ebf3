"""An object that is equal to everything and says that it is an array."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward fail

import numpy as np

class Agreeing:
    __class__ = np.ndarray
    shape, dtype = (2, 3), np.dtype(float)

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.zeros(self.shape)


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return Agreeing()
