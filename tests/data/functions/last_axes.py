"""A layer norm that takes the axes to normalise over, with any axes in front of them, in PyTorch's words."""

import math

import numpy as np


def layer_norm(x, normalized_shape, weight, bias, eps=1e-5):
    rows = x.reshape(-1, math.prod(normalized_shape))
    centred = rows - rows.mean(axis=1, keepdims=True)
    hat = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    return hat.reshape(x.shape) * weight + bias


def layer_norm_backward(dout, x, normalized_shape, weight, bias, eps=1e-5):
    size = math.prod(normalized_shape)
    rows, upstream = x.reshape(-1, size), dout.reshape(-1, size)
    centred = rows - rows.mean(axis=1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    hat = centred * scale
    g = upstream * weight.reshape(-1)
    dx = scale * (g - g.mean(axis=1, keepdims=True) - hat * (g * hat).mean(axis=1, keepdims=True))
    dweight, dbias = (upstream * hat).sum(axis=0), upstream.sum(axis=0)
    return dx.reshape(x.shape), dweight.reshape(weight.shape), dbias.reshape(bias.shape)
