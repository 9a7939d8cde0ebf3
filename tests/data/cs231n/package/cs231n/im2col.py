from builtins import range
import numpy as np


def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):
    """Channel, row and column of every entry of the column matrix."""
    N, C, H, W = x_shape
    out_height = (H + 2 * padding - field_height) // stride + 1
    out_width = (W + 2 * padding - field_width) // stride + 1

    channel, row, col = np.mgrid[0:C, 0:field_height, 0:field_width].reshape(3, -1, 1)
    down, right = stride * np.mgrid[0:out_height, 0:out_width].reshape(2, 1, -1)
    return channel, row + down, col + right


def im2col_indices(x, field_height, field_width, padding=1, stride=1):
    """(N, C, H, W) -> (C * field_height * field_width, N * out_height * out_width)"""
    p = padding
    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode='constant')
    k, i, j = get_im2col_indices(x.shape, field_height, field_width, padding, stride)
    cols = x_padded[:, k, i, j]
    return cols.transpose(1, 0, 2).reshape(cols.shape[1], -1)


def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):
    """The way back; what overlaps is added."""
    N, C, H, W = x_shape
    x_padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    k, i, j = get_im2col_indices(x_shape, field_height, field_width, padding, stride)
    parts = cols.reshape(cols.shape[0], N, -1).transpose(1, 0, 2)
    np.add.at(x_padded, (slice(None), k, i, j), parts)
    return x_padded[:, :, padding:padding + H, padding:padding + W]
