"""Maximum and average pooling: over windows, over a whole plane, and to a given size."""

from typing import NamedTuple

import numpy as np

from .arguments import (
    Array,
    Padding,
    Pads,
    Pair,
    Spatial,
    by,
    check_image,
    check_kernel,
    effective,
    expect_axes,
    floating,
    ordered,
    padding,
    pair,
    quiet,
    upstream,
)


class Windows(NamedTuple):
    """The geometry of a pooling layer's windows."""

    kernel: Pair
    stride: Pair
    pad: Pads
    dilation: Pair
    out_shape: tuple[int, int, int, int]


class MaxPool2dCache(NamedTuple):
    """What `max_pool2d_backward` needs."""

    x: Array
    windows: Windows


class GlobalAvgPool2dCache(NamedTuple):
    """What `global_avg_pool2d_backward` needs: of the input only its shape and dtype, since the layer is linear."""

    x_shape: tuple[int, ...]
    x_dtype: np.dtype[np.generic]


class AdaptiveAvgPool2dCache(NamedTuple):
    """What `adaptive_avg_pool2d_backward` needs: of the input only its shape and dtype, and the size of a plane."""

    x_shape: tuple[int, ...]
    x_dtype: np.dtype[np.generic]
    size: Pair


class AvgPool2dCache(NamedTuple):
    """What `avg_pool2d_backward` needs: of the input only its shape and dtype, since the layer is linear."""

    x_shape: tuple[int, ...]
    x_dtype: np.dtype[np.generic]
    windows: Windows
    count_include_pad: bool


def max_pool2d_forward(
    x: Array,
    *,
    kernel: Spatial,
    stride: Spatial | None = None,
    pad: Padding = 0,
    dilation: Spatial = 1,
    ceil_mode: bool = False,
) -> tuple[Array, MaxPool2dCache]:
    """Take the maximum of each window.

    With p the input padded by -inf, s the stride and d the dilation::

        out[n, c, oh, ow] = max_{i < kh, j < kw} p[n, c, oh s_h + i d_h, ow s_w + j d_w]

    A NaN in the window is its maximum. A window of padding alone gives -inf.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images of a real floating dtype.
    kernel : int or (height, width)
        Size of a window.
    stride : int or (height, width), optional
        Steps between windows, in pixels; by default those of the kernel.
    pad : int, (height, width) or ((top, bottom), (left, right))
        Padding; at most half the (undilated) kernel, as in PyTorch.
    dilation : int or (height, width)
        Steps between the entries of one window, in pixels.
    ceil_mode : bool
        Whether a last window may reach beyond the end; it must start inside the image or the padding before it.

    Returns
    -------
    out : ndarray, shape (N, C, OH, OW)
        Output.
    cache : MaxPool2dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not a real floating one, or a spatial argument is not made of ints.
    ValueError
        If x or the geometry does not fit.

    """
    x = ordered("max_pool2d", "x", x)
    windows = _windows("max_pool2d", x, kernel, stride, pad, dilation, ceil_mode)
    (kh, kw), (stride_h, stride_w), pads, (dilation_h, dilation_w), out_shape = windows

    x_padded = np.pad(x, ((0, 0), (0, 0), pads.height, pads.width), constant_values=-np.inf)
    out = np.zeros(out_shape, x.dtype)
    for n, c, oh, ow in np.ndindex(out_shape):
        top = oh * stride_h
        left = ow * stride_w
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        out[n, c, oh, ow] = np.max(x_padded[n, c, rows, columns])
    return out, MaxPool2dCache(x, windows)


@quiet
def max_pool2d_backward(dout: Array, cache: MaxPool2dCache) -> Array:
    """Compute the gradient of `max_pool2d_forward`: each window's gradient goes to its maximum.

    The first maximum in row-major order gets all of it. If an entry wins several windows, its gradients add up::

        dx[n, c, winner of window (oh, ow)] += dout[n, c, oh, ow]

    Padding never wins, not even if all entries of x in the window are -inf.

    Parameters
    ----------
    dout : ndarray, shape (N, C, OH, OW)
        Upstream gradient.
    cache : MaxPool2dCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    x, windows = cache
    (kh, kw), (stride_h, stride_w), pads, (dilation_h, dilation_w), out_shape = windows
    dout = upstream("max_pool2d", dout, out_shape, x.dtype)
    H, W = x.shape[2:]

    x_padded = np.pad(x, ((0, 0), (0, 0), pads.height, pads.width), constant_values=-np.inf)
    real = np.pad(np.ones((H, W), bool), (pads.height, pads.width))
    dx_padded = np.zeros(x_padded.shape, x.dtype)
    for n, c, oh, ow in np.ndindex(out_shape):
        top = oh * stride_h
        left = ow * stride_w
        rows = slice(top, top + dilation_h * kh, dilation_h)
        columns = slice(left, left + dilation_w * kw, dilation_w)
        window = x_padded[n, c, rows, columns]
        maximal = (window == np.max(window)) | np.isnan(window)
        winners = np.argwhere(maximal & real[rows, columns])
        for i, j in winners[:1]:
            dx_padded[n, c, top + i * dilation_h, left + j * dilation_w] += dout[n, c, oh, ow]

    pad_top = pads.height[0]
    pad_left = pads.width[0]
    return dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()


@quiet
def avg_pool2d_forward(
    x: Array,
    *,
    kernel: Spatial,
    stride: Spatial | None = None,
    pad: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> tuple[Array, AvgPool2dCache]:
    """Take the mean of each window.

    With p the input padded by zeros, s the stride, and windows cut off at the end of p::

        out[n, c, oh, ow] = sum_{i < kh, j < kw} p[n, c, oh s_h + i, ow s_w + j] / count(oh, ow)

    where count is the number of entries of the window, with or without those in the padding.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images.
    kernel : int or (height, width)
        Size of a window.
    stride : int or (height, width), optional
        Steps between windows, in pixels; by default those of the kernel.
    pad : int, (height, width) or ((top, bottom), (left, right))
        Padding; at most half the kernel.
    ceil_mode : bool
        Whether a last window may reach beyond the end; it must start inside the image or the padding before it.
    count_include_pad : bool
        Whether entries in the padding count.

    Returns
    -------
    out : ndarray, shape (N, C, OH, OW)
        Output.
    cache : AvgPool2dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating, or a spatial argument is not made of ints.
    ValueError
        If x or the geometry does not fit.

    """
    x = floating("avg_pool2d", "x", x)
    windows = _windows("avg_pool2d", x, kernel, stride, pad, 1, ceil_mode)
    (kh, kw), (stride_h, stride_w), pads, _, out_shape = windows
    H, W = x.shape[2:]

    x_padded = np.pad(x, ((0, 0), (0, 0), pads.height, pads.width))
    counted = np.pad(np.ones((H, W), bool), (pads.height, pads.width), constant_values=count_include_pad)
    out = np.zeros(out_shape, x.dtype)
    for n, c, oh, ow in np.ndindex(out_shape):
        top = oh * stride_h
        left = ow * stride_w
        rows = slice(top, top + kh)
        columns = slice(left, left + kw)
        count = np.count_nonzero(counted[rows, columns])
        out[n, c, oh, ow] = np.sum(x_padded[n, c, rows, columns]) / count
    return out, AvgPool2dCache(x.shape, x.dtype, windows, count_include_pad)


@quiet
def avg_pool2d_backward(dout: Array, cache: AvgPool2dCache) -> Array:
    """Compute the gradient of `avg_pool2d_forward`: each window's gradient is shared evenly among its entries.

    Where windows overlap, the shares add up. The shares of the padding are dropped::

        dp[n, c, window (oh, ow)] += dout[n, c, oh, ow] / count(oh, ow)

    Parameters
    ----------
    dout : ndarray, shape (N, C, OH, OW)
        Upstream gradient.
    cache : AvgPool2dCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    (N, C, H, W), dtype, windows, count_include_pad = cache
    (kh, kw), (stride_h, stride_w), pads, _, out_shape = windows
    dout = upstream("avg_pool2d", dout, out_shape, dtype)

    counted = np.pad(np.ones((H, W), bool), (pads.height, pads.width), constant_values=count_include_pad)
    dx_padded = np.zeros((N, C, *counted.shape), dtype)
    for n, c, oh, ow in np.ndindex(out_shape):
        top = oh * stride_h
        left = ow * stride_w
        rows = slice(top, top + kh)
        columns = slice(left, left + kw)
        count = np.count_nonzero(counted[rows, columns])
        dx_padded[n, c, rows, columns] += dout[n, c, oh, ow] / count

    pad_top = pads.height[0]
    pad_left = pads.width[0]
    return dx_padded[:, :, pad_top : pad_top + H, pad_left : pad_left + W].copy()


@quiet
def global_avg_pool2d_forward(x: Array) -> tuple[Array, GlobalAvgPool2dCache]:
    """Take the mean of each plane.

    After Lin, Chen and Yan 2013, "Network in network"::

        out[n, c] = sum_{h, w} x[n, c, h, w] / (H W)

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images.

    Returns
    -------
    out : ndarray, shape (N, C)
        Output.
    cache : GlobalAvgPool2dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating.
    ValueError
        If x has not four axes, or its images are empty.

    """
    x = floating("global_avg_pool2d", "x", x)
    expect_axes("global_avg_pool2d", "x", x, "N, C, H, W")
    N, C, H, W = x.shape
    check_image("global_avg_pool2d", (H, W))
    out = np.zeros((N, C), x.dtype)
    for n, c in np.ndindex(N, C):
        out[n, c] = np.sum(x[n, c]) / (H * W)
    return out, GlobalAvgPool2dCache(x.shape, x.dtype)


@quiet
def global_avg_pool2d_backward(dout: Array, cache: GlobalAvgPool2dCache) -> Array:
    """Compute the gradient of `global_avg_pool2d_forward`: each entry of a plane gets the same share.

    Parameters
    ----------
    dout : ndarray, shape (N, C)
        Upstream gradient.
    cache : GlobalAvgPool2dCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    (N, C, H, W), dtype = cache
    dout = upstream("global_avg_pool2d", dout, (N, C), dtype)
    dx = np.zeros((N, C, H, W), dtype)
    for n, c in np.ndindex(N, C):
        dx[n, c] = dout[n, c] / (H * W)
    return dx


@quiet
def adaptive_avg_pool2d_forward(x: Array, *, output_size: Spatial) -> tuple[Array, AdaptiveAvgPool2dCache]:
    """Take the means of as many windows as the output is to have.

    The windows follow from the sizes, as in PyTorch. Where they do not divide evenly, windows overlap::

        rows of oh: floor(oh H / OH) to ceil((oh + 1) H / OH), and columns likewise
        out[n, c, oh, ow] = mean of x[n, c] over these rows and columns

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images.
    output_size : int or (height, width)
        The size of a plane of the output, which may be larger than the input's.

    Returns
    -------
    out : ndarray, shape (N, C, OH, OW)
        Output.
    cache : AdaptiveAvgPool2dCache
        What the backward pass needs.

    Raises
    ------
    TypeError
        If the dtype is not floating, or the size is not made of ints.
    ValueError
        If x has not four axes, its images are empty, or the size is.

    """
    x = floating("adaptive_avg_pool2d", "x", x)
    expect_axes("adaptive_avg_pool2d", "x", x, "N, C, H, W")
    N, C, H, W = x.shape
    OH, OW = pair("adaptive_avg_pool2d", "output_size", output_size, 1)
    check_image("adaptive_avg_pool2d", (H, W))
    out = np.zeros((N, C, OH, OW), x.dtype)
    for n, c, oh, ow in np.ndindex(N, C, OH, OW):
        rows = _share(oh, H, OH)
        columns = _share(ow, W, OW)
        window = x[n, c, rows, columns]
        out[n, c, oh, ow] = np.sum(window) / window.size
    return out, AdaptiveAvgPool2dCache(x.shape, x.dtype, (OH, OW))


@quiet
def adaptive_avg_pool2d_backward(dout: Array, cache: AdaptiveAvgPool2dCache) -> Array:
    """Compute the gradient of `adaptive_avg_pool2d_forward`: each window's gradient is shared evenly.

    Where windows overlap, the shares add up::

        dx[n, c, window (oh, ow)] += dout[n, c, oh, ow] / size of the window

    Parameters
    ----------
    dout : ndarray, shape (N, C, OH, OW)
        Upstream gradient.
    cache : AdaptiveAvgPool2dCache
        From the forward pass.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient of x.

    Raises
    ------
    TypeError, ValueError
        If dout has not the dtype or the shape of the output.

    """
    (N, C, H, W), dtype, (OH, OW) = cache
    dout = upstream("adaptive_avg_pool2d", dout, (N, C, OH, OW), dtype)
    dx = np.zeros((N, C, H, W), dtype)
    for n, c, oh, ow in np.ndindex(N, C, OH, OW):
        rows = _share(oh, H, OH)
        columns = _share(ow, W, OW)
        window = dx[n, c, rows, columns]
        window += dout[n, c, oh, ow] / window.size
    return dx


def _share(index: int, size: int, count: int) -> slice:
    """Return the entries of one of `count` windows along an axis: rounded outwards to whole ones."""
    return slice(index * size // count, -(-(index + 1) * size // count))


def _windows(
    layer: str,
    x: Array,
    kernel: Spatial,
    stride: Spatial | None,
    pad: Padding,
    dilation: Spatial,
    ceil_mode: bool,
) -> Windows:
    expect_axes(layer, "x", x, "N, C, H, W")
    N, C, H, W = x.shape
    size = pair(layer, "kernel", kernel, 1)
    step = size if stride is None else pair(layer, "stride", stride, 1)
    spread = pair(layer, "dilation", dilation, 1)
    pads = padding(layer, pad)
    window = effective(size, spread)
    _check_pads(layer, pads, size)
    # With ceil_mode, PyTorch accepts even a first window that reaches beyond the image: one window is enough.
    slack = (step[0] - 1, step[1] - 1) if ceil_mode else (0, 0)
    check_kernel(layer, size, spread, (H, W), pads, slack)
    OH = _extent(H, pads.height, window[0], step[0], ceil_mode)
    OW = _extent(W, pads.width, window[1], step[1], ceil_mode)
    return Windows(size, step, pads, spread, (N, C, OH, OW))


def _check_pads(layer: str, pads: Pads, kernel: Pair) -> None:
    most = kernel[0] // 2, kernel[1] // 2
    if max(pads.height) > most[0] or max(pads.width) > most[1]:
        reason = f"at most half the kernel {by(kernel)}, that is {by(most)}"
        raise ValueError(f"{layer}: pad is {tuple(pads)}; expected {reason}")


def _extent(size: int, pad: Pair, window: int, stride: int, ceil_mode: bool) -> int:
    before, after = pad
    room = size + before + after - window
    if not ceil_mode:
        return room // stride + 1
    count = -(-room // stride) + 1
    starts_behind = (count - 1) * stride >= size + before
    return count - 1 if starts_behind else count
