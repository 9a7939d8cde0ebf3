"""Three-dimensional convolution, which in neural networks is cross-correlation: the kernel is not flipped."""

from typing import NamedTuple

import numpy as np

from .arguments import (
    Array,
    Padding,
    Pair,
    Spatial,
    check_extents,
    each_axis,
    each_side,
    expect_shape,
    quiet,
    three,
    upstream,
)
from .conv import checked_arrays


class Conv3dCache(NamedTuple):
    """What `conv3d_backward` needs: the arguments of the forward pass, and the shape of its result."""

    x: Array
    w: Array
    b: Array | None
    stride: tuple[int, ...]
    pad: tuple[Pair, ...]
    dilation: tuple[int, ...]
    groups: int
    out_shape: tuple[int, int, int, int, int]


@quiet
def conv3d_forward(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Spatial = 1,
    pad: Padding = 0,
    dilation: Spatial = 1,
    groups: int = 1,
) -> tuple[Array, Conv3dCache]:
    """Cross-correlate volumes with kernels.

    With p the input padded by zeros, s the stride, d the dilation, and c0 the first of the C / groups channels that the
    group of filter f reads::

        out[n, f, od, oh, ow] = b[f] + sum_{c, h, i, j} w[f, c, h, i, j]
                                p[n, c0 + c, od s_d + h d_d, oh s_h + i d_h, ow s_w + j d_w]
        OD = floor((D + front + back - d_d (kd - 1) - 1) / s_d) + 1, and OH and OW likewise

    Parameters
    ----------
    x : ndarray, shape (N, C, D, H, W)
        Volumes.
    w : ndarray, shape (F, C / groups, kd, kh, kw)
        Kernels.
    b : ndarray, shape (F,), optional
        Bias.
    stride, dilation : int or (depth, height, width)
        Steps between windows, and between the entries of one window.
    pad : int, (depth, height, width) or ((front, back), (top, bottom), (left, right))
        Zeros around the volume.
    groups : int
        The number of blocks into which channels and filters are divided.

    Returns
    -------
    out : ndarray, shape (N, F, OD, OH, OW)
        Output.
    cache : Conv3dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If a dtype is not floating or differs from that of x, or a spatial argument is not made of ints.
    ValueError
        If shapes or geometry do not fit.

    """
    x, w, b = checked_arrays("conv3d", "D, H, W", "kd, kh, kw", x, w, b, groups)
    stride_d, stride_h, stride_w = each_axis("conv3d", "stride", stride, 1)
    dilation_d, dilation_h, dilation_w = each_axis("conv3d", "dilation", dilation, 1)
    pad_d, pad_h, pad_w = (each_side("conv3d", side) for side in three("conv3d", "pad", pad))
    N, _, D, H, W = x.shape
    F, C_group, kd, kh, kw = w.shape
    F_group = F // groups
    dilations = dilation_d, dilation_h, dilation_w
    check_extents("conv3d", (kd, kh, kw), dilations, (D, H, W), (pad_d, pad_h, pad_w))
    OD = (D + sum(pad_d) - dilation_d * (kd - 1) - 1) // stride_d + 1
    OH = (H + sum(pad_h) - dilation_h * (kh - 1) - 1) // stride_h + 1
    OW = (W + sum(pad_w) - dilation_w * (kw - 1) - 1) // stride_w + 1
    if b is not None:
        expect_shape("conv3d", "b", b, (F,))

    x_padded = np.pad(x, ((0, 0), (0, 0), pad_d, pad_h, pad_w))
    out = np.zeros((N, F, OD, OH, OW), x.dtype)
    for n, f, od, oh, ow in np.ndindex(N, F, OD, OH, OW):
        c0 = f // F_group * C_group
        front = od * stride_d
        top = oh * stride_h
        left = ow * stride_w
        planes = slice(front, front + dilation_d * kd, dilation_d)
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        window = x_padded[n, c0 : c0 + C_group, planes, rows, columns]
        out[n, f, od, oh, ow] = np.sum(window * w[f])
    if b is not None:
        for n, f in np.ndindex(N, F):
            out[n, f] += b[f]

    steps = (stride_d, stride_h, stride_w), (pad_d, pad_h, pad_w), dilations
    return out, Conv3dCache(x, w, b, *steps, groups, (N, F, OD, OH, OW))


@quiet
def conv3d_backward(dout: Array, cache: Conv3dCache) -> tuple[Array, Array, Array | None]:
    """Compute the gradients of `conv3d_forward`.

    With the windows of the forward pass::

        dp[window] = sum over the windows that meet there of dout[n, f, od, oh, ow] w[f]
        dw[f]      = sum_{n, od, oh, ow} dout[n, f, od, oh, ow] p[window]
        db[f]      = sum_{n, od, oh, ow} dout[n, f, od, oh, ow]

    and dx is dp without the padding.

    Parameters
    ----------
    dout : ndarray, shape (N, F, OD, OH, OW)
        Upstream gradient.
    cache : Conv3dCache
        From the forward pass.

    Returns
    -------
    dx, dw : ndarray
        Of the shapes of x and w.
    db : ndarray or None
        Of the shape of b; None without one.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    x, w, b, strides, pads, dilations, groups, out_shape = cache
    dout = upstream("conv3d", dout, out_shape, x.dtype)
    stride_d, stride_h, stride_w = strides
    pad_d, pad_h, pad_w = pads
    dilation_d, dilation_h, dilation_w = dilations
    N, F, OD, OH, OW = out_shape
    D, H, W = x.shape[2:]
    C_group, kd, kh, kw = w.shape[1:]
    F_group = F // groups

    x_padded = np.pad(x, ((0, 0), (0, 0), pad_d, pad_h, pad_w))
    dx_padded = np.zeros(x_padded.shape, x.dtype)
    dw = np.zeros(w.shape, w.dtype)
    db = np.zeros(F, x.dtype)
    for n, f, od, oh, ow in np.ndindex(N, F, OD, OH, OW):
        c0 = f // F_group * C_group
        front = od * stride_d
        top = oh * stride_h
        left = ow * stride_w
        planes = slice(front, front + dilation_d * kd, dilation_d)
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        window = np.s_[n, c0 : c0 + C_group, planes, rows, columns]
        dx_padded[window] += dout[n, f, od, oh, ow] * w[f]
        dw[f] += dout[n, f, od, oh, ow] * x_padded[window]
        db[f] += dout[n, f, od, oh, ow]

    inside = tuple(slice(before, before + size) for (before, _), size in zip(pads, (D, H, W), strict=True))
    dx = dx_padded[:, :, *inside].copy()
    return dx, dw, None if b is None else db
