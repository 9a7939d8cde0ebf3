"""conv2d a third way: one einsum for each entry of the kernel, over all samples, groups and positions at once."""

import numpy as np


def conv2d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1):
    N, C = x.shape[:2]
    F, C_group, kh, kw = w.shape
    if C % groups or F % groups or C_group * groups != C:
        raise ValueError(f"{groups} groups, {C} channels, {F} filters of {C_group} channels")
    sh, sw = both(stride)
    dh, dw = both(dilation)
    pads = [both(side) for side in both(pad)]
    xp = np.pad(x, [(0, 0), (0, 0), *pads])
    free_h = xp.shape[2] - dh * (kh - 1) - 1
    free_w = xp.shape[3] - dw * (kw - 1) - 1
    if free_h < 0 or free_w < 0:
        raise ValueError(f"a kernel of {kh}x{kw}, dilated by {dh}x{dw}, does not fit into {xp.shape[2:]}")
    OH = free_h // sh + 1
    OW = free_w // sw + 1
    if b is not None and b.shape not in ((F,), (F, OH, OW)):
        raise ValueError(f"a bias of shape {b.shape} for an output of {(F, OH, OW)}")

    kernels = w.reshape(groups, F // groups, C_group, kh, kw)
    out = np.zeros((N, groups, F // groups, OH, OW), x.dtype)
    for i, j in np.ndindex(kh, kw):
        seen = xp[strided(i * dh, sh, OH, j * dw, sw, OW)].reshape(N, groups, C_group, OH, OW)
        out += np.einsum("ngchw,gfc->ngfhw", seen, kernels[..., i, j])
    out = out.reshape(N, F, OH, OW)
    if b is not None:
        out += b if b.ndim == 3 else b[:, None, None]
    return out, (x, w, b, (sh, sw), pads, (dh, dw), groups, (OH, OW))


def conv2d_backward(dout, cache):
    x, w, b, (sh, sw), pads, (dh, dw), groups, (OH, OW) = cache
    N, C, H, W = x.shape
    F, C_group, kh, kw = w.shape
    top, left = pads[0][0], pads[1][0]
    xp = np.pad(x, [(0, 0), (0, 0), *pads])
    upstream = dout.reshape(N, groups, F // groups, OH, OW)
    kernels = w.reshape(groups, F // groups, C_group, kh, kw)
    dxp = np.zeros(xp.shape, dout.dtype)
    dkernels = np.zeros(kernels.shape, dout.dtype)
    for i, j in np.ndindex(kh, kw):
        here = strided(i * dh, sh, OH, j * dw, sw, OW)
        seen = xp[here].reshape(N, groups, C_group, OH, OW)
        dxp[here] += np.einsum("ngfhw,gfc->ngchw", upstream, kernels[..., i, j]).reshape(N, C, OH, OW)
        dkernels[..., i, j] = np.einsum("ngfhw,ngchw->gfc", upstream, seen)
    dx = dxp[:, :, top : top + H, left : left + W]
    dweights = dkernels.reshape(w.shape)
    if b is None:
        return dx, dweights, None
    db = dout.sum(axis=0) if b.ndim == 3 else dout.sum(axis=(0, 2, 3))
    return dx, dweights, db


def both(value):
    """Return (value, value) for a number, and a pair as it is."""
    return tuple(value) if isinstance(value, list | tuple) else (value, value)


def strided(row, row_step, rows, column, column_step, columns):
    """Return the index of every step-th row and column from (row, column) on, so many of each."""
    below, beside = row + rows * row_step, column + columns * column_step
    return np.s_[:, :, row:below:row_step, column:beside:column_step]
