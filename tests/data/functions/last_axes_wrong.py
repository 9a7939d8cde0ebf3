"""As last_axes.py, but backward takes the first axis alone for the samples: wrong for (batch, time, features)."""

import math

import numpy as np


def layer_norm(x, normalized_shape, weight, bias, eps=1e-5):
    rows = x.reshape(-1, math.prod(normalized_shape))
    centred = rows - rows.mean(axis=1, keepdims=True)
    hat = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    return hat.reshape(x.shape) * weight + bias


def layer_norm_backward(dout, x, normalized_shape, weight, bias, eps=1e-5):
    rows, upstream = x.reshape(len(x), -1), dout.reshape(len(x), -1)
    centred = rows - rows.mean(axis=1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    hat = centred * scale
    g = (dout * weight).reshape(len(x), -1)
    dx = scale * (g - g.mean(axis=1, keepdims=True) - hat * (g * hat).mean(axis=1, keepdims=True))
    leading = tuple(range(dout.ndim - len(normalized_shape)))
    dweight = (dout * hat.reshape(x.shape)).sum(axis=leading)
    return dx.reshape(x.shape), dweight, dout.sum(axis=leading)
