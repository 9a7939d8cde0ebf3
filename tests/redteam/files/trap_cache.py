"""A cache whose every method does something."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward pass

import numpy as np

class Trap(dict):
    def __getattribute__(self, name):
        raise SystemExit(name)

    def __len__(self):
        raise KeyboardInterrupt


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), Trap(x=x)


def relu_backward(dout, cache):
    return dout * (dict.__getitem__(cache, 'x') > 0)
