"""Fast layers with a mistake in each."""
import numpy as np


def im2col_indices(x, field_height, field_width, padding=1, stride=1):
    # right
    N, C, H, W = x.shape
    p = padding
    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode='constant')
    windows = np.lib.stride_tricks.sliding_window_view(x_padded, (field_height, field_width), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return windows.transpose(1, 4, 5, 2, 3, 0).reshape(C * field_height * field_width, -1)


def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):
    # overlaps are overwritten
    N, C, H, W = x_shape
    x_padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    rows = (H + 2 * padding - field_height) // stride + 1
    columns = (W + 2 * padding - field_width) // stride + 1
    parts = cols.reshape(C, field_height, field_width, rows, columns, N)
    for i in range(rows):
        for j in range(columns):
            u, v = i * stride, j * stride
            x_padded[:, :, u:u + field_height, v:v + field_width] = parts[:, :, :, i, j].transpose(3, 0, 1, 2)
    return x_padded[:, :, padding:padding + H, padding:padding + W]


def conv_forward_fast(x, w, b, conv_param):
    # height and width of the output are swapped
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    cols = im2col_indices(x, HH, WW, pad, stride)
    rows, columns = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    out = (w.reshape(F, -1) @ cols + b[:, None]).reshape(F, columns, rows, N)
    return out.transpose(3, 0, 2, 1), (x, w, b, conv_param)


def max_pool_forward_reshape(x, pool_param):
    # a mean
    N, C, H, W = x.shape
    k = pool_param['pool_height']
    return x.reshape(N, C, H // k, k, W // k, k).mean(axis=(3, 5)), x
