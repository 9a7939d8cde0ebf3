"""One image without a batch: channels first, channels last, or one plane."""

import numpy as np


def conv_forward(image, kernels, bias, stride=1):
    """image (H, W, C), kernels (kh, kw, C, F)."""
    kh, kw = kernels.shape[:2]
    oh, ow = (image.shape[0] - kh) // stride + 1, (image.shape[1] - kw) // stride + 1
    out = np.empty((oh, ow, kernels.shape[3]))
    for i, j in np.ndindex(oh, ow):
        part = image[i * stride : i * stride + kh, j * stride : j * stride + kw]
        out[i, j] = np.tensordot(part, kernels, 3) + bias
    return out


def conv_backward(d_out, image, kernels, bias, stride=1):
    kh, kw = kernels.shape[:2]
    d_image, d_kernels = np.zeros(image.shape), np.zeros(kernels.shape)
    for i, j in np.ndindex(d_out.shape[:2]):
        at = np.s_[i * stride : i * stride + kh, j * stride : j * stride + kw]
        d_kernels += image[at][..., None] * d_out[i, j]
        d_image[at] += kernels @ d_out[i, j]
    return d_image, d_kernels, d_out.sum((0, 1))


def avg_pool(plane, size=2):
    """plane (H, W); windows that do not overlap."""
    h, w = plane.shape[0] // size, plane.shape[1] // size
    return plane[: h * size, : w * size].reshape(h, size, w, size).mean((1, 3))


def avg_pool_backward(d_out, plane, size=2):
    d_plane = np.zeros(plane.shape)
    h, w = d_out.shape
    d_plane[: h * size, : w * size] = np.repeat(np.repeat(d_out, size, 0), size, 1) / size**2
    return d_plane


def fully_connected(vector, weights, bias):
    """vector (D,), weights (M, D)."""
    return weights @ vector + bias


def fully_connected_backward(d_out, vector, weights):
    return weights.T @ d_out, np.outer(d_out, vector), d_out
