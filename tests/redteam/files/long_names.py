"""Defines names of hundreds of thousands of characters, which are like those of layers."""

# expect: affine_forward pass, affine_backward pass, relu_forward pass, relu_backward pass
import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)


globals().update({"conv_forward_naive" * 40_000: relu_forward, "softmax_loss_" * 50_000: relu_forward})
globals().update({f"conv_forward_naiv{number}x": relu_forward for number in range(9000)})
