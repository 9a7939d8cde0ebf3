"""conv_transpose2d a third way: forward spreads one einsum for all kernel entries, backward gathers by index."""

import numpy as np


def conv_transpose2d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1, output_pad=0):
    N, C, H, W = x.shape
    _, F_group, kh, kw = w.shape
    if C % groups:
        raise ValueError(f"{groups} groups do not divide {C} channels")
    sh, sw = both(stride)
    dh, dw = both(dilation)
    more_h, more_w = both(output_pad)
    (top, bottom), (left, right) = pads = [both(side) for side in both(pad)]
    if more_h >= max(sh, dh) or more_w >= max(sw, dw):
        raise ValueError(f"output_pad {more_h, more_w} with stride {sh, sw} and dilation {dh, dw}")
    tall = (H - 1) * sh + dh * (kh - 1) + 1 + more_h
    wide = (W - 1) * sw + dw * (kw - 1) + 1 + more_w
    OH, OW = tall - top - bottom, wide - left - right
    if OH < 1 or OW < 1:
        raise ValueError(f"nothing is left of {tall}x{wide} within pads of {pads}")

    images = x.reshape(N, groups, C // groups, H, W)
    brushes = w.reshape(groups, C // groups, F_group, kh, kw)
    strokes = np.einsum("ngchw,gcfij->ijngfhw", images, brushes)
    canvas = np.zeros((N, groups, F_group, tall, wide), x.dtype)
    for i, j in np.ndindex(kh, kw):
        rows = slice(i * dh, i * dh + H * sh, sh)
        columns = slice(j * dw, j * dw + W * sw, sw)
        canvas[..., rows, columns] += strokes[i, j]
    out = canvas.reshape(N, groups * F_group, tall, wide)[:, :, top : top + OH, left : left + OW]
    if b is not None:
        out = out + (b if b.ndim == 3 else b[:, None, None])
    return out, (x, w, b, (sh, sw), pads, (dh, dw), groups)


def conv_transpose2d_backward(dout, cache):
    x, w, b, (sh, sw), pads, (dh, dw), groups = cache
    N, C, H, W = x.shape
    _, F_group, kh, kw = w.shape
    dcanvas = np.pad(dout, [(0, 0), (0, 0), *pads])
    rows = np.arange(H)[:, None] * sh + np.arange(kh) * dh
    columns = np.arange(W)[:, None] * sw + np.arange(kw) * dw
    windows = dcanvas[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    windows = windows.reshape(N, groups, F_group, H, W, kh, kw)
    inputs = x.reshape(N, groups, C // groups, H, W)
    kernels = w.reshape(groups, C // groups, F_group, kh, kw)
    dx = np.einsum("ngfhwij,gcfij->ngchw", windows, kernels).reshape(x.shape)
    dweights = np.einsum("ngchw,ngfhwij->gcfij", inputs, windows).reshape(w.shape)
    if b is None:
        return dx, dweights, None
    return dx, dweights, dout.sum(axis=0) if b.ndim == 3 else dout.sum(axis=(0, 2, 3))


def both(value):
    """Return (value, value) for a number, and a pair as it is."""
    return tuple(value) if isinstance(value, list | tuple) else (value, value)
