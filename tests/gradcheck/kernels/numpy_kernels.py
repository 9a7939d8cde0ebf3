"""Convolutions on NumPy as somebody might write them: right ones and wrong ones."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradcheck import fast


def windows(x, w, stride, padding, dilation):
    (ph, pw), (sh, sw), (dh, dw) = padding, stride, dilation
    reach = (w.shape[2] - 1) * dh + 1, (w.shape[3] - 1) * dw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    return sliding_window_view(padded, reach, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]


def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    seen = windows(x, w, stride, padding, dilation)
    parts = zip(np.split(seen, groups, 1), np.split(w, groups), strict=True)
    out = np.concatenate([np.einsum("nchwij,fcij->nfhw", a, k, optimize=True) for a, k in parts], 1)
    return (out if b is None else out + b[:, None, None]).astype(x.dtype)


def conv2d_backward(dout, x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    options = {"stride": stride, "pad": padding, "dilation": dilation, "groups": groups}
    return fast.conv2d_backward(dout, fast.conv2d_forward(x, w, b, **options)[1])


def without_groups(x, w, b=None, stride=1, padding=0):
    return conv2d(x, w, b, stride, padding)


def needs_samples(x, w, b, stride, padding, dilation, groups):
    x[0]  # an IndexError where there is none
    return conv2d(x, w, b, stride, padding, dilation, groups)


def square(x, w, stride: int, padding: int):
    return conv2d(x, w, None, (stride, stride), (padding, padding))


def integer(x, w, b, stride, padding, dilation, groups):
    wide = [None if each is None else each.astype(np.int32) for each in (x, w, b)]
    return conv2d(*wide, stride, padding, dilation, groups)


def saturating(x, w, b, stride, padding, dilation, groups):
    """Sums in 16 bits, as an instruction that adds pairs of products does."""
    return np.clip(integer(x, w, b, stride, padding, dilation, groups), -(2**15), 2**15 - 1)


def last_row_missing(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    out = conv2d(x, w, b, stride, padding, dilation, groups)
    if out.shape[2] > 1:
        out[:, :, -1] = 0
    return out


def last_row_missing_backward(dout, x, w, b=None, **options):
    return conv2d_backward(dout, x, w, b, **options)


def swapped(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Takes the stride of the width for the height."""
    return conv2d(x, w, b, stride[::-1], padding, dilation, groups)


def short_operands(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Rounds its operands to the 11 bits of TF32 and sums in single precision."""
    return conv2d(tf32(x), tf32(w), b, stride, padding, dilation, groups)


def tf32(values):
    bits = values.view(np.uint32)
    return ((bits + 0x1000) & ~np.uint32(0x1FFF)).view(np.float32)


def half_sums(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Sums in a shorter format than it is given."""
    shorter = {"float64": "float32", "float32": "float16", "float16": "float16"}[x.dtype.name]
    return conv2d(x, w, b, stride, padding, dilation, groups).astype(shorter).astype(x.dtype)


def zeros(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return np.zeros_like(conv2d(x, w, b, stride, padding, dilation, groups))


def not_finite(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return conv2d(x, w, b, stride, padding, dilation, groups) * np.nan


def transposed_result(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return conv2d(x, w, b, stride, padding, dilation, groups).swapaxes(2, 3)


def double_result(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return conv2d(x, w, b, stride, padding, dilation, groups).astype(np.float64)


def refusing(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    if groups > 1:
        raise NotImplementedError("groups")
    return conv2d(x, w, b, stride, padding, dilation, groups)


def breaking(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return conv2d(x, w, b, stride, padding, dilation, groups)[10**6]


def sums_in_half(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Adds one product after another in half precision."""
    seen = windows(x, w, stride, padding, dilation)
    out = np.zeros((x.shape[0], w.shape[0], *seen.shape[2:4]), x.dtype)
    each, filters = w.shape[1], w.shape[0] // groups
    for f, c, i, j in np.ndindex(w.shape):
        out[:, f] += seen[:, f // filters * each + c, :, :, i, j] * w[f, c, i, j]
    return out if b is None else out + b[:, None, None]


def by_fft(x, w):
    """A convolution as a product of spectra."""
    size = x.shape[2:]
    product = np.einsum("ncij,fcij->nfij", np.fft.rfft2(x), np.conj(np.fft.rfft2(w, size)))
    OH, OW = (extent - k + 1 for extent, k in zip(size, w.shape[2:], strict=True))
    if OH < 1 or OW < 1:
        raise ValueError("the kernel is larger than the image")
    return np.fft.irfft2(product, size)[:, :, :OH, :OW].astype(x.dtype)


_buffer = {}


def reused_buffer(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Returns the same memory every time."""
    out = conv2d(x, w, b, stride, padding, dilation, groups)
    kept = _buffer.setdefault((out.shape, out.dtype), np.empty_like(out))
    kept[...] = out
    return kept


def nan_swallowed(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return np.nan_to_num(conv2d(x, w, b, stride, padding, dilation, groups))


def no_empty_batch(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return conv2d(
        x if len(x) else np.zeros((1, *x.shape[1:]), x.dtype), w, b, stride, padding, dilation, groups
    )


def stepping(x, w, stride, padding):
    """A kernel of one pixel, which only has to step over the image."""
    seen = x[:, 0, :: stride[0], :: stride[1]].astype(np.int32)
    return seen[:, None] * w[0, 0, 0, 0].astype(np.int32)


def stepping_in_32_bits(x, w, stride, padding):
    """Counts the pixels of a plane in 32 bits, which wrap around."""
    rows = np.arange(0, x.shape[2], stride[0])[:, None]
    columns = np.arange(0, x.shape[3], stride[1])
    at = (rows * x.shape[3] + columns).astype(np.int32)
    return x.reshape(-1)[at][None, None].astype(np.int32) * w[0, 0, 0, 0].astype(np.int32)


def working(times):
    """Return a convolution that does its work so many times."""

    def kernel(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
        out = conv2d(x, w, b, stride, padding, dilation, groups)
        values = np.arange(2000.0)
        for _ in range(times):
            values = np.sqrt(values + 1)
        return out

    return kernel


usual, twice = working(200), working(400)
