"""Plain functions as people write them without a course: some with a cache, some with the inputs again."""

import numpy as np


def pad_planes(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def conv2d(x, w, stride=1, padding=0):
    """No bias, no dilation, no groups."""
    x = pad_planes(x, padding)
    kh, kw = w.shape[2:]
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    out = np.zeros((len(x), len(w), oh, ow), x.dtype)
    for i in range(oh):
        for j in range(ow):
            part = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = np.tensordot(part, w, ([1, 2, 3], [1, 2, 3]))
    return out


def conv2d_backward(grad_out, x, w, stride=1, padding=0):
    xp = pad_planes(x, padding)
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    kh, kw = w.shape[2:]
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            dw += np.tensordot(grad_out[:, :, i, j], xp[at], (0, 0))
            dxp[at] += np.tensordot(grad_out[:, :, i, j], w, (1, 0))
    height, width = x.shape[2:]
    return dxp[:, :, padding : padding + height, padding : padding + width], dw


def linear_forward(x, weight, bias=None):
    """weight (M, D), as PyTorch has it; flat samples."""
    out = x @ weight.T
    return (out if bias is None else out + bias), (x, weight, bias is not None)


def linear_backward(grad, saved):
    x, weight, has_bias = saved
    return grad @ weight, grad.T @ x, grad.sum(axis=0) if has_bias else None


def max_pool(img, size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(img, (size, size), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def max_pool_backward(upstream, img, size, stride):
    dx = np.zeros_like(img)
    for n, c, i, j in np.ndindex(upstream.shape):
        part = img[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
        k, l = divmod(int(part.argmax()), size)
        dx[n, c, i * stride + k, j * stride + l] += upstream[n, c, i, j]
    return dx


def leaky_relu(z, alpha=0.01):
    return np.where(z > 0, z, alpha * z)


def leaky_relu_grad(dz, z, alpha=0.01):
    return dz * np.where(z > 0, 1, alpha)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_derivative(a):
    """Of the output, not of the input."""
    return a * (1 - a)


def layer_norm(x, gamma, beta, eps=1e-5):
    """Over the last axis; several results."""
    mean = x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + eps)
    return (x - mean) * rstd * gamma + beta, mean, rstd


def layer_norm_backward(dout, x, gamma, mean, rstd):
    hat = (x - mean) * rstd
    others = tuple(range(x.ndim - 1))
    g = dout * gamma
    dx = rstd * (g - g.mean(-1, keepdims=True) - hat * (g * hat).mean(-1, keepdims=True))
    return dx, (dout * hat).sum(others), dout.sum(others)


def softmax_cross_entropy(logits, labels):
    """The loss and its gradient together."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    grad = np.exp(logs)
    grad[rows, labels] -= 1
    return -logs[rows, labels].mean(), grad / len(labels)


def mse_loss(pred, target):
    """Half of the mean."""
    return 0.5 * np.mean((pred - target) ** 2)


def mse_loss_backward(pred, target):
    return (pred - target) / pred.size
