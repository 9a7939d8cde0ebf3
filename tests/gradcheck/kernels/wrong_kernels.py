"""Convolutions that are wrong at some geometries only, as fast kernels are: in tails of loops, at strides, in groups.

Each is a right one, whose result is changed where a geometry has what the fault needs. Those that end with ``_dx``,
``_dw`` or ``_db`` have a wrong gradient, and a right output.
"""

import numpy as np
from numpy_kernels import conv2d as right
from numpy_kernels import conv2d_backward as right_backward


def by_offset(x, w, b, stride, padding, dilation, groups):
    """Takes group ``f % groups`` for filter f, which is right where a group has one filter."""
    order = np.arange(len(w)).reshape(-1, groups).T.ravel()
    out = right(x, w[order], None, stride, padding, dilation, groups)
    wrong = np.empty_like(out)
    wrong[:, order] = out
    return wrong if b is None else wrong + b[:, None, None]


def forward(fault):
    """Return a convolution whose output a fault changes in place."""

    def conv2d(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
        out = right(x, w, b, stride, padding, dilation, groups)
        fault(out, x, w, stride, padding, dilation, groups)
        return out

    return conv2d


def backward(fault):
    """Return a backward whose gradients a fault changes in place."""

    def conv2d_backward(dout, x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
        dx, dw, db = right_backward(dout, x, w, b, stride, padding, dilation, groups)
        found = np.array(dx), np.array(dw), db
        fault(*found[:2], dout, x, w, stride, padding, dilation, groups)
        return found

    return conv2d_backward


def group_offset(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return by_offset(x, w, b, stride, padding, dilation, groups)


@forward
def tail_of_4(out, x, w, stride, padding, dilation, groups):
    if out.shape[3] > 8 and out.shape[3] % 4 == 3:
        out[..., -1] = out[..., -2]


@forward
def tail_of_8(out, x, w, stride, padding, dilation, groups):
    if out.shape[3] > 16 and out.shape[3] % 8 == 5:
        out[..., -5:] = 0


@forward
def tail_of_16(out, x, w, stride, padding, dilation, groups):
    if out.shape[3] > 32 and out.shape[3] % 16:
        out[..., -1] = 0


@forward
def over_64(out, x, w, stride, padding, dilation, groups):
    out[..., 64:] = 0


@forward
def over_100(out, x, w, stride, padding, dilation, groups):
    if out.shape[3] > 100:
        out[..., -1] = 0


@forward
def exactly_32(out, x, w, stride, padding, dilation, groups):
    if out.shape[3] == 32:
        out[..., 31] = 0


@forward
def tall(out, x, w, stride, padding, dilation, groups):
    out[:, :, 32:] = 0


@forward
def depthwise_1xn(out, x, w, stride, padding, dilation, groups):
    if groups == x.shape[1] > 1 and w.shape[2] == 1 < w.shape[3]:
        out[...] = np.roll(out, 1, 3)


@forward
def depthwise_1xn_stride(out, x, w, stride, padding, dilation, groups):
    if groups == x.shape[1] > 1 and (w.shape[2] == 1) != (w.shape[3] == 1) and stride == (2, 2):
        out[...] = np.roll(out, 1, 3)


@forward
def multiplier(out, x, w, stride, padding, dilation, groups):
    if groups == x.shape[1] > 1 and len(w) > groups:
        out[:, 1] = out[:, 0]


@forward
def dense_3x3(out, x, w, stride, padding, dilation, groups):
    """A fast path for 3x3 with pad 1 that treats the last column as padding."""
    if w.shape[2:] == (3, 3) and padding == (1, 1) == stride == dilation and groups == 1 and x.shape[1] >= 16:
        out[..., -1] = 0


@forward
def unrolled_5x5(out, x, w, stride, padding, dilation, groups):
    if w.shape[2:] == (5, 5) and padding == (2, 2):
        out[:, :, 0] = 0


@forward
def stem(out, x, w, stride, padding, dilation, groups):
    if w.shape[2:] == (7, 7) and stride == (2, 2):
        out[..., -1] = 0


@forward
def pointwise_stride(out, x, w, stride, padding, dilation, groups):
    if w.shape[2:] == (1, 1) and stride == (2, 2) and padding == (0, 0) and x.shape[3] % 2 == 0:
        out[..., -1] = 0


@forward
def channels_over_32(out, x, w, stride, padding, dilation, groups):
    if w.shape[1] > 32:
        out[:, -1] = 0


@forward
def samples(out, x, w, stride, padding, dilation, groups):
    if len(x) > 4:
        out[4:] = 0


@backward
def strided_dx(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if max(stride) > 1 and x.shape[1] > 16:
        dx[:, 16:] = 0


@backward
def strided_and_dilated_dx(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if stride[1] > 1 and dilation[1] > 1:
        dx[..., -1] = 0


@backward
def grouped_dw(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if groups > 1 and w.shape[1] > 1 and len(w) > groups:
        dw[1] = dw[0]


@backward
def wide_dw(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if dout.shape[3] > 64:
        dw[..., -1] = 0


def changes_x(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    out = right(x, w, b, stride, padding, dilation, groups)
    x *= 2
    return out


def changes_w(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    out = right(x, w, b, stride, padding, dilation, groups)
    w[...] = w[:, :, ::-1, ::-1].copy()
    return out


def changes_b(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    out = right(x, w, b, stride, padding, dilation, groups)
    if b is not None:
        b += 1
    return out


def changes_dout(x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return right(x, w, b, stride, padding, dilation, groups)


def changes_dout_backward(dout, x, w, b=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    found = right_backward(dout.copy(), x, w, b, stride, padding, dilation, groups)
    dout[..., 0] = 0
    return found


# These were written after the space of geometries was finished, to measure it.


@forward
def six_columns(out, x, w, stride, padding, dilation, groups):
    """Computes six columns at a time."""
    if out.shape[3] > 24 and out.shape[3] % 6 == 5:
        out[..., -5:] = 0


@forward
def six_filters(out, x, w, stride, padding, dilation, groups):
    """Computes six filters at a time."""
    if groups == 1 and len(w) > 12 and len(w) % 6 == 1:
        out[:, -1] = 0


@forward
def winograd_odd(out, x, w, stride, padding, dilation, groups):
    """Computes two rows at a time where it is worth while."""
    if w.shape[2:] == (3, 3) and stride == dilation == (1, 1) and min(w.shape[:2]) >= 8 and out.shape[2] % 2:
        out[:, :, -1] = 0


@forward
def large_depthwise(out, x, w, stride, padding, dilation, groups):
    if groups == x.shape[1] > 8 and min(w.shape[2:]) >= 5:
        out[:, 8] = 0


@forward
def only_padding(out, x, w, stride, padding, dilation, groups):
    """Leaves out rows that see nothing but padding, and their bias."""
    if padding[0] >= w.shape[2] and stride[0] > 1:
        out[:, :, 0] = 0


@forward
def long_filters(out, x, w, stride, padding, dilation, groups):
    """Counts the numbers of a filter in 8 bits."""
    if w[0].size > 256:
        out[:, -1] = 0


@backward
def swapped_pads_dx(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if padding[0] != padding[1] and dilation != (1, 1):
        dx[...] = np.roll(dx, 1, 3)


@backward
def samples_dw(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if len(x) > 1 and w.shape[1] > 32:
        dw /= 2


@backward
def many_positions_dw(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if dout[:, 0].size > 256:
        dw[-1] = 0


# These were written after that measurement had widened the space, to measure it again.


@forward
def pointwise_blocks(out, x, w, stride, padding, dilation, groups):
    if w.shape[2:] == (1, 1) and groups == 1 and w.shape[1] % 16 and w.shape[1] > 16:
        out[..., 0] = 0


@forward
def dilated_groups(out, x, w, stride, padding, dilation, groups):
    if dilation != (1, 1) and groups > 1 and w.shape[1] > 2:
        out[:, -1] = 0


@forward
def many_planes(out, x, w, stride, padding, dilation, groups):
    if len(x) > 1 and len(x) * x.shape[1] > 64:
        out[-1] = 0


@forward
def small_image(out, x, w, stride, padding, dilation, groups):
    """Reads a row that is not there where the kernel is taller than the image."""
    if w.shape[2] > x.shape[2] > 1:
        out[:, :, -1] = 0


@backward
def uneven_stride_dx(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if stride[0] != stride[1] and groups > 1:
        dx[:, :, -1] = 0


@backward
def stem_dw(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if w.shape[2:] == (7, 7) and stride == (2, 2) and x.shape[1] == 3:
        dw[..., -1] = 0


@backward
def last_block_dw(dx, dw, dout, x, w, stride, padding, dilation, groups):
    if len(w) > 32 and len(w) % 16 == 1:
        dw[-1] = 0


@forward
def both_remainders(out, x, w, stride, padding, dilation, groups):
    if groups == 1 and out.shape[3] > 16 and out.shape[3] % 8 and len(w) > 8 and len(w) % 8:
        out[:, -1, :, -1] = 0
