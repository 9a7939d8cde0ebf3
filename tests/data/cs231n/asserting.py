"""Columns whose positions come first, with the assertions of the file that is handed out; right where they let it."""
import numpy as np


def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):
    N, C, H, W = x_shape
    assert (H + 2 * padding - field_height) % stride == 0
    assert (W + 2 * padding - field_height) % stride == 0
    rows = (H + 2 * padding - field_height) // stride + 1
    cols = (W + 2 * padding - field_width) // stride + 1
    k, i, j = np.indices((C, field_height, field_width)).reshape(3, -1, 1)
    u, v = np.indices((rows, cols)).reshape(2, 1, -1)
    return k, i + stride * u, j + stride * v


def im2col_indices(x, field_height, field_width, padding=1, stride=1):
    p = padding
    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode='constant')
    k, i, j = get_im2col_indices(x.shape, field_height, field_width, padding, stride)
    cols = x_padded[:, k, i, j]
    return cols.transpose(1, 2, 0).reshape(field_height * field_width * x.shape[1], -1)


def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):
    N, C, H, W = x_shape
    x_padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    k, i, j = get_im2col_indices(x_shape, field_height, field_width, padding, stride)
    parts = cols.reshape(C * field_height * field_width, -1, N).transpose(2, 0, 1)
    np.add.at(x_padded, (slice(None), k, i, j), parts)
    if padding == 0:
        return x_padded
    return x_padded[:, :, padding:-padding, padding:-padding]


def conv_forward_im2col(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    assert (W + 2 * pad - WW) % stride == 0, 'width does not work'
    assert (H + 2 * pad - HH) % stride == 0, 'height does not work'
    cols = im2col_indices(x, HH, WW, pad, stride)
    res = w.reshape((F, -1)).dot(cols) + b.reshape(-1, 1)
    out = res.reshape(F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1, N)
    return out.transpose(3, 0, 1, 2), (x, w, b, conv_param, cols)


def conv_backward_im2col(dout, cache):
    x, w, b, conv_param, cols = cache
    F, _, HH, WW = w.shape
    rows = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dx = col2im_indices(w.reshape(F, -1).T.dot(rows), x.shape, HH, WW, conv_param['pad'], conv_param['stride'])
    return dx, rows.dot(cols.T).reshape(w.shape), np.sum(dout, axis=(0, 2, 3))
