"""conv1d, conv3d and depthwise_conv2d another way: one einsum for each entry of the kernel."""

import numpy as np


def conv1d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1):
    (step,), (gap,), (sides,) = stride, dilation, pad
    samples, channels, length = x.shape
    filters, depth, reach = w.shape
    if channels % groups or filters % groups or depth * groups != channels:
        raise ValueError(f"{groups} groups, {channels} channels, {filters} filters of {depth} channels")
    free = length + sum(sides) - gap * (reach - 1) - 1
    if free < 0:
        raise ValueError(f"{reach} taps, {gap} apart, do not fit into {length + sum(sides)}")
    count = free // step + 1
    line = np.zeros((samples, channels, length + sum(sides)), x.dtype)
    line[:, :, sides[0] : sides[0] + length] = x
    kernels = w.reshape(groups, filters // groups, depth, reach)
    out = np.zeros((samples, groups, filters // groups, count), x.dtype)
    for tap in range(reach):
        heard = line[:, :, tap * gap :: step][:, :, :count].reshape(samples, groups, depth, count)
        out += np.einsum("ngcl,gfc->ngfl", heard, kernels[..., tap])
    out = out.reshape(samples, filters, count)
    if b is not None:
        out += b[:, None]
    return out, (line, w, b, sides, length, step, gap, groups, count)


def conv1d_backward(dout, cache):
    line, w, b, sides, length, step, gap, groups, count = cache
    filters, depth, reach = w.shape
    rows = dout.reshape(len(line), groups, filters // groups, count)
    kernels = w.reshape(groups, filters // groups, depth, reach)
    dline = np.zeros(line.shape, dout.dtype)
    dkernels = np.zeros(kernels.shape, dout.dtype)
    for tap in range(reach):
        at = slice(tap * gap, tap * gap + step * count, step)
        heard = line[:, :, at].reshape(len(line), groups, depth, count)
        back = np.einsum("ngfl,gfc->ngcl", rows, kernels[..., tap])
        dline[:, :, at] += back.reshape(len(line), groups * depth, count)
        dkernels[..., tap] = np.einsum("ngfl,ngcl->gfc", rows, heard)
    dx = dline[:, :, sides[0] : sides[0] + length]
    db = None if b is None else dout.sum(axis=(0, 2))
    return dx, dkernels.reshape(w.shape), db


def conv3d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1, groups=1):
    steps, gaps, sides = list(stride), list(dilation), list(pad)
    if x.shape[1] % groups or len(w) % groups or w.shape[1] * groups != x.shape[1]:
        raise ValueError(f"{groups} groups, x {x.shape}, w {w.shape}")
    box = np.pad(x, [(0, 0), (0, 0), *sides])
    free = [
        extent - gap * (k - 1) - 1 for extent, gap, k in zip(box.shape[2:], gaps, w.shape[2:], strict=True)
    ]
    if min(free) < 0:
        raise ValueError(f"a kernel of {w.shape[2:]} does not fit into {box.shape[2:]}")
    counts = [room // step + 1 for room, step in zip(free, steps, strict=True)]
    kernels = w.reshape(groups, -1, *w.shape[1:])
    out = np.zeros((len(x), groups, kernels.shape[1], *counts), x.dtype)
    for tap in np.ndindex(w.shape[2:]):
        seen = box[taken(tap, gaps, steps, counts)].reshape(len(x), groups, w.shape[1], *counts)
        out += np.einsum("ngcdhw,gfc->ngfdhw", seen, kernels[(..., *tap)])
    out = out.reshape(len(x), len(w), *counts)
    if b is not None:
        out += b[:, None, None, None]
    return out, (x, w, b, steps, gaps, sides, groups, counts)


def conv3d_backward(dout, cache):
    x, w, b, steps, gaps, sides, groups, counts = cache
    box = np.pad(x, [(0, 0), (0, 0), *sides])
    kernels = w.reshape(groups, -1, *w.shape[1:])
    blocks = dout.reshape(len(x), groups, kernels.shape[1], *counts)
    dbox, dkernels = np.zeros(box.shape, dout.dtype), np.zeros(kernels.shape, dout.dtype)
    for tap in np.ndindex(w.shape[2:]):
        at = taken(tap, gaps, steps, counts)
        seen = box[at].reshape(len(x), groups, w.shape[1], *counts)
        back = np.einsum("ngfdhw,gfc->ngcdhw", blocks, kernels[(..., *tap)])
        dbox[at] += back.reshape(len(x), x.shape[1], *counts)
        dkernels[(..., *tap)] = np.einsum("ngfdhw,ngcdhw->gfc", blocks, seen)
    (front, _), (top, _), (left, _) = sides
    depth, height, width = x.shape[2:]
    dx = dbox[:, :, front : front + depth, top : top + height, left : left + width]
    db = None if b is None else dout.sum(axis=(0, 2, 3, 4))
    return dx, dkernels.reshape(w.shape), db


def taken(tap, gaps, steps, counts):
    """Return the index of what all windows read at one tap."""
    starts = [number * gap for number, gap in zip(tap, gaps, strict=True)]
    spans = zip(starts, steps, counts, strict=True)
    return (slice(None), slice(None), *(slice(a, a + step * count, step) for a, step, count in spans))


def depthwise_conv2d_forward(x, w, b=None, *, stride=1, pad=0, dilation=1):
    samples, channels = x.shape[:2]
    each = len(w) // channels
    image = np.pad(x, [(0, 0), (0, 0), *pad])
    free = [
        extent - gap * (k - 1) - 1
        for extent, gap, k in zip(image.shape[2:], dilation, w.shape[2:], strict=True)
    ]
    if min(free) < 0 or len(w) % channels:
        raise ValueError(f"x {x.shape}, w {w.shape}")
    counts = [room // step + 1 for room, step in zip(free, stride, strict=True)]
    many = np.repeat(image, each, axis=1)
    out = np.zeros((samples, len(w), *counts), x.dtype)
    for tap in np.ndindex(w.shape[2:]):
        out += many[taken(tap, dilation, stride, counts)] * w[(slice(None), 0, *tap)][:, None, None]
    if b is not None:
        out += b if b.ndim == 3 else b[:, None, None]
    return out, (x, w, b, image, each, stride, pad, dilation, counts)


def depthwise_conv2d_backward(dout, cache):
    x, w, b, image, each, stride, pad, dilation, counts = cache
    many = np.repeat(image, each, axis=1)
    dmany, dw = np.zeros(many.shape, dout.dtype), np.zeros(w.shape, dout.dtype)
    for tap in np.ndindex(w.shape[2:]):
        at = taken(tap, dilation, stride, counts)
        dmany[at] += dout * w[(slice(None), 0, *tap)][:, None, None]
        dw[(slice(None), 0, *tap)] = (dout * many[at]).sum(axis=(0, 2, 3))
    dimage = dmany.reshape(len(x), x.shape[1], each, *image.shape[2:]).sum(axis=2)
    (top, _), (left, _) = pad
    dx = dimage[:, :, top : top + x.shape[2], left : left + x.shape[3]]
    db = None if b is None else dout.sum(axis=0 if b.ndim == 3 else (0, 2, 3))
    return dx, dw, db
