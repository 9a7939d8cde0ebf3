"""Convolutions in PyTorch: right ones and wrong ones."""

import torch
from torch.nn import functional


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    return functional.conv2d(x, w, b, stride, padding, dilation, groups)


def contiguous_only(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """Reads memory as if it were in C order."""
    flat = x.as_strided(x.shape, torch.empty(x.shape, device="meta").stride())
    return functional.conv2d(flat, w, b, stride, padding, dilation, groups)


class Doubled(torch.autograd.Function):
    """Says that the gradient of the identity is 2."""

    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, dout):
        return 2 * dout


def wrong_gradient(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    return functional.conv2d(x, Doubled.apply(w), b, stride, padding, dilation, groups)


def another_each_time(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """Is right up to rounding, which is chance."""
    out = functional.conv2d(x, w, b, stride, padding, dilation, groups)
    return out * (1 + torch.finfo(x.dtype).eps * torch.randint(0, 2, out.shape)).to(x.dtype)


def as_double(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    return functional.conv2d(x, w, b, stride, padding, dilation, groups).double()
