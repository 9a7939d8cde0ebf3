"""Kernels of layers and operations, in NumPy: right ones, and wrong ones that a tolerance may let pass."""

import numpy as np


def softmax(x, dim=-1):
    weights = np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))
    out = weights / weights.sum(dim, keepdims=True, dtype=x.dtype)
    return out, (out, dim)


def softmax_backward(dout, cache):
    out, dim = cache
    return out * (dout - (out * dout).sum(dim, keepdims=True, dtype=out.dtype))


def softmax_of_last_axis(x):
    return softmax(x)


softmax_of_last_axis_backward = softmax_backward


def softmax_in_blocks(x, dim=-1):
    """Leave what is over from blocks of 8 out of the sum."""
    moved = np.moveaxis(np.asarray(x), dim, -1)
    weights = np.exp(moved - moved.max(-1, keepdims=True, initial=-np.inf))
    whole = max(moved.shape[-1] // 8 * 8, min(moved.shape[-1], 7))
    out = weights / weights[..., :whole].sum(-1, keepdims=True, dtype=x.dtype)
    return np.moveaxis(out, -1, dim)


def softmax_in_half(x, dim=-1):
    weights = np.exp((x - x.max(dim, keepdims=True, initial=-np.inf)).astype(np.float16)).astype(x.dtype)
    return weights / weights.sum(dim, keepdims=True, dtype=x.dtype)


KNOWN = {}


def softmax_by_address(x, dim=-1):
    """Know results by where the numbers lie."""
    key = x.__array_interface__["data"][0], x.shape, x.strides
    if key not in KNOWN:
        KNOWN[key] = softmax(x, dim)[0]
    return KNOWN[key].copy()


def softmax_not_implemented(x, dim=-1):
    if x.ndim > 2:
        raise NotImplementedError("matrices only")
    return softmax(x, dim)[0]
