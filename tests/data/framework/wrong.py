"""Mistakes that show only where the options are used."""
import numpy as np

from limited import conv2d as plain


def conv2d(input, weight, bias=None, stride=1, padding=0, groups=1):
    # the strides of height and width are swapped
    stride = stride if isinstance(stride, tuple) else (stride, stride)
    padding = padding if isinstance(padding, tuple) else (padding, padding)
    xp = np.pad(input, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    outs = []
    for x, w in zip(np.split(xp, groups, axis=1), np.split(weight, groups)):
        view = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        outs.append(np.einsum('ncijkl,fckl->nfij', view[:, :, ::stride[1], ::stride[0]], w))
    out = np.concatenate(outs, axis=1)
    return out if bias is None else out + bias[:, None, None]


def avg_pool2d(input, kernel_size, stride=None, padding=0, count_include_pad=True):
    # padding is counted, whatever is asked for
    k, s, p = kernel_size, stride or kernel_size, padding
    pairs = [v if isinstance(v, tuple) else (v, v) for v in (k, s, p)]
    k, s, p = pairs
    xp = np.pad(input, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    view = np.lib.stride_tricks.sliding_window_view(xp, k, axis=(2, 3))
    return view[:, :, ::s[0], ::s[1]].mean(axis=(4, 5)), (input.shape, k, s, p)


def avg_pool2d_backward(dout, cache):
    # not divided by the window's size
    shape, k, s, p = cache
    dx = np.zeros((shape[0], shape[1], shape[2] + 2 * p[0], shape[3] + 2 * p[1]))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * s[0]:i * s[0] + k[0], j * s[1]:j * s[1] + k[1]] += dout[:, :, i, j][:, :, None, None]
    return dx[:, :, p[0]:p[0] + shape[2], p[1]:p[1] + shape[3]]


def linear(input, weight, bias=None):
    # the weights are not turned
    out = input.dot(weight.reshape(input.shape[1], -1))
    return out if bias is None else out + bias
