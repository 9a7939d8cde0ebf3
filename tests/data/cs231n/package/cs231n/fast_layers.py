from __future__ import print_function
import numpy as np
from past.builtins import xrange

try:
    from .im2col_cython import col2im_cython, im2col_cython
    from .im2col_cython import col2im_6d_cython
except ImportError:
    print('the extension is not built, run setup.py build_ext --inplace')

from .im2col import *


def conv_forward_im2col(x, w, b, conv_param):
    """Convolution as one matrix product."""
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    out_h = (H + 2 * pad - HH) // stride + 1
    out_w = (W + 2 * pad - WW) // stride + 1

    x_cols = im2col_indices(x, HH, WW, pad, stride)
    out = w.reshape(F, -1).dot(x_cols) + b.reshape(-1, 1)
    out = out.reshape(F, N, out_h, out_w).transpose(1, 0, 2, 3)
    return out, (x.shape, w, conv_param, x_cols)


def conv_forward_strides(x, w, b, conv_param):
    """The same, the columns cut out with stride tricks."""
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    out_h = (H + 2 * pad - HH) // stride + 1
    out_w = (W + 2 * pad - WW) // stride + 1

    x_padded = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant'))
    sn, sc, sh, sw = x_padded.strides
    windows = np.lib.stride_tricks.as_strided(
        x_padded,
        shape=(C, HH, WW, N, out_h, out_w),
        strides=(sc, sh, sw, sn, stride * sh, stride * sw),
    )
    x_cols = np.ascontiguousarray(windows).reshape(C * HH * WW, N * out_h * out_w)
    out = np.dot(w.reshape(F, -1), x_cols) + b[:, np.newaxis]
    out = np.ascontiguousarray(out.reshape(F, N, out_h, out_w).transpose(1, 0, 2, 3))
    return out, (x.shape, w, conv_param, x_cols)


def conv_backward_im2col(dout, cache):
    x_shape, w, conv_param, x_cols = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    F, _, HH, WW = w.shape

    db = np.sum(dout, axis=(0, 2, 3))
    dout_rows = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw = dout_rows.dot(x_cols.T).reshape(w.shape)
    dx_cols = w.reshape(F, -1).T.dot(dout_rows)
    dx = col2im_indices(dx_cols, x_shape, HH, WW, pad, stride)
    return dx, dw, db


conv_forward_fast = conv_forward_strides
conv_backward_fast = conv_backward_im2col


def max_pool_forward_fast(x, pool_param):
    """The reshape way where windows tile the image, columns otherwise."""
    H, W = x.shape[2:]
    ph, pw, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    if ph == pw == stride and H % ph == 0 and W % pw == 0:
        out, inner = max_pool_forward_reshape(x, pool_param)
        return out, ('reshape', inner)
    out, inner = max_pool_forward_im2col(x, pool_param)
    return out, ('im2col', inner)


def max_pool_backward_fast(dout, cache):
    method, inner = cache
    if method == 'reshape':
        return max_pool_backward_reshape(dout, inner)
    elif method == 'im2col':
        return max_pool_backward_im2col(dout, inner)
    raise ValueError('unknown method %s' % method)


def max_pool_forward_reshape(x, pool_param):
    """Only for square windows that tile the image."""
    N, C, H, W = x.shape
    ph, pw, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    assert ph == pw == stride, 'windows must not overlap'
    assert H % ph == 0 and W % pw == 0
    tiles = x.reshape(N, C, H // ph, ph, W // pw, pw)
    out = tiles.max(axis=3).max(axis=4)
    return out, (x, tiles, out)


def max_pool_backward_reshape(dout, cache):
    x, tiles, out = cache
    mask = tiles == out[:, :, :, np.newaxis, :, np.newaxis]
    share = mask / np.sum(mask, axis=(3, 5), keepdims=True)
    dx = share * dout[:, :, :, np.newaxis, :, np.newaxis]
    return dx.reshape(x.shape)


def max_pool_forward_im2col(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    out_h, out_w = (H - ph) // stride + 1, (W - pw) // stride + 1
    # every channel as an image of its own
    x_cols = im2col_indices(x.reshape(N * C, 1, H, W), ph, pw, padding=0, stride=stride)
    winner = np.argmax(x_cols, axis=0)
    out = x_cols[winner, np.arange(x_cols.shape[1])].reshape(N, C, out_h, out_w)
    return out, (x.shape, winner, pool_param)


def max_pool_backward_im2col(dout, cache):
    (N, C, H, W), winner, pool_param = cache
    ph, pw, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx_cols = np.zeros((ph * pw, winner.size), dtype=dout.dtype)
    for position in xrange(ph * pw):
        dx_cols[position] = np.where(winner == position, dout.reshape(-1), 0)
    dx = col2im_indices(dx_cols, (N * C, 1, H, W), ph, pw, padding=0, stride=stride)
    return dx.reshape(N, C, H, W)
