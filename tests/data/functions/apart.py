"""One function for each gradient, as cuDNN and torch.nn.grad have them."""

import numpy as np


def conv2d_fwd(x, w, stride=(1, 1), pad=(0, 0)):
    (sh, sw), (ph, pw) = stride, pad
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kh, kw = w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    return np.einsum("ncijkl,fckl->nfij", windows, w)


def conv2d_gradx(w, dy, x_shape, stride=(1, 1), pad=(0, 0)):
    (sh, sw), (ph, pw) = stride, pad
    n, c, h, wd = x_shape
    dx = np.zeros((n, c, h + 2 * ph, wd + 2 * pw), dy.dtype)
    oh, ow = dy.shape[2:]
    for k in range(w.shape[2]):
        for l in range(w.shape[3]):
            piece = np.einsum("nfij,fc->ncij", dy, w[:, :, k, l])
            dx[:, :, k : k + sh * oh : sh, l : l + sw * ow : sw][:, :, :oh, :ow] += piece
    return dx[:, :, ph : ph + h, pw : pw + wd]


def conv2d_gradw(x, dy, w_shape, stride=(1, 1), pad=(0, 0)):
    (sh, sw), (ph, pw) = stride, pad
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw = np.zeros(w_shape, dy.dtype)
    oh, ow = dy.shape[2:]
    for k in range(w_shape[2]):
        for l in range(w_shape[3]):
            part = xp[:, :, k : k + sh * oh : sh, l : l + sw * ow : sw][:, :, :oh, :ow]
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", dy, part)
    return dw


def dense(x, w, b):
    return x.dot(w) + b


def dense_grad_input(grad_output, w):
    return grad_output.dot(w.T)


def dense_grad_weight(grad_output, x):
    return x.T.dot(grad_output)


def dense_grad_bias(grad_output):
    return grad_output.sum(0)
