"""max_pool2d and avg_pool2d once more: a library author's hand, vectorised over samples and channels."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _two(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _sides(pad):
    return tuple(_two(side) for side in _two(pad))


def _count(extent, pad, reach, step, ceil_mode):
    free = extent + pad[0] + pad[1] - reach
    full, rest = divmod(free, step)
    windows = full + 1
    if ceil_mode and rest:
        windows += 1
    if ceil_mode and (windows - 1) * step - pad[0] >= extent:
        windows -= 1
    return windows


def _plan(x, kernel, stride, pad, dilation, ceil_mode):
    size, gaps, sides = _two(kernel), _two(dilation), _sides(pad)
    steps = _two(kernel if stride is None else stride)
    reach = [gap * (k - 1) + 1 for gap, k in zip(gaps, size, strict=True)]
    for axis in (0, 1):
        if max(sides[axis]) > size[axis] // 2:
            raise ValueError(f"padding {sides[axis]} is more than half of {size[axis]}")
        slack = steps[axis] - 1 if ceil_mode else 0
        if reach[axis] > x.shape[2 + axis] + sum(sides[axis]) + slack:
            raise ValueError(f"a window of {reach[axis]} does not fit")
    grid = [_count(x.shape[2 + i], sides[i], reach[i], steps[i], ceil_mode) for i in (0, 1)]
    return size, steps, sides, gaps, grid


def _far(plan):
    """Return more room behind the image than any window needs that starts within it."""
    size, steps, _, gaps, grid = plan
    return sum(size) * max(gaps) + max(grid) * max(steps)


def max_pool2d_forward(x, *, kernel, stride=None, pad=0, dilation=1, ceil_mode=False):
    plan = size, steps, sides, gaps, grid = _plan(x, kernel, stride, pad, dilation, ceil_mode)
    kernel_h, kernel_w = size
    room = [(before, after + _far(plan)) for before, after in sides]
    image = np.pad(x, [(0, 0), (0, 0), *room], constant_values=-np.inf)
    out = np.full((*x.shape[:2], *grid), -np.inf, dtype=x.dtype)
    for i in range(kernel_h):
        for j in range(kernel_w):
            down = i * gaps[0] + steps[0] * np.arange(grid[0])
            along = j * gaps[1] + steps[1] * np.arange(grid[1])
            np.maximum(out, image[:, :, down[:, None], along], out=out)
    return out, (x, plan)


def max_pool2d_backward(dout, cache):
    x, (size, steps, sides, gaps, grid) = cache
    samples, channels = np.ogrid[: x.shape[0], : x.shape[1]]
    padded = np.pad(x, [(0, 0), (0, 0), *sides], constant_values=-np.inf)
    inside = np.pad(np.full(x.shape[2:], True), sides)
    gradient = np.zeros_like(padded)
    step_h, step_w = steps
    gap_h, gap_w = gaps
    for oh, ow in np.ndindex(*grid):
        y0, x0 = oh * step_h, ow * step_w
        window = np.s_[..., y0 : y0 + gap_h * size[0] : gap_h, x0 : x0 + gap_w * size[1] : gap_w]
        patch = padded[window]
        best = patch.max(axis=(2, 3), keepdims=True)
        hits = ((patch == best) | np.isnan(patch)) & inside[window]
        flat = hits.reshape(*x.shape[:2], hits[0, 0].size if hits.size else 1)
        first = flat.argmax(axis=2)
        i, j = np.unravel_index(first, patch.shape[2:])
        share = np.where(flat.any(axis=2), dout[:, :, oh, ow], 0)
        gradient[samples, channels, y0 + gap_h * i, x0 + gap_w * j] += share
    (up, _), (left, _) = sides
    return gradient[:, :, up:, left:][:, :, : x.shape[2], : x.shape[3]].copy()


def avg_pool2d_forward(x, *, kernel, stride=None, pad=0, ceil_mode=False, count_include_pad=True):
    plan = size, steps, sides, _, grid = _plan(x, kernel, stride, pad, 1, ceil_mode)
    image = np.pad(x, [(0, 0), (0, 0), *((before, after + _far(plan)) for before, after in sides)])
    views = sliding_window_view(image, size, axis=(2, 3))
    sums = views[:, :, :: steps[0], :: steps[1]][:, :, : grid[0], : grid[1]].sum(axis=(4, 5))
    divisors = _divisors(x.shape[2:], plan, count_include_pad)
    out = (sums / divisors).astype(x.dtype)
    return out, (x.shape, plan, count_include_pad)


def _divisors(extents, plan, count_include_pad):
    size, steps, sides, _, grid = plan
    counts = []
    for axis in (0, 1):
        before, after = sides[axis] if count_include_pad else (0, 0)
        starts = np.arange(grid[axis]) * steps[axis] - sides[axis][0]
        ends = np.minimum(starts + size[axis], extents[axis] + after)
        counts.append(np.maximum(ends - np.maximum(starts, -before), 0))
    return np.outer(*counts)


def avg_pool2d_backward(dout, cache):
    shape, plan, count_include_pad = cache
    size, steps, sides, _, grid = plan
    (top, bottom), (left, right) = sides
    height, width = shape[2:]
    canvas = np.zeros((*shape[:2], top + height + bottom, left + width + right), dtype=dout.dtype)
    shares = dout / _divisors(shape[2:], plan, count_include_pad).astype(dout.dtype)
    for oh, ow in np.ndindex(*grid):
        y0, x0 = oh * steps[0], ow * steps[1]
        canvas[:, :, y0 : y0 + size[0], x0 : x0 + size[1]] += shares[:, :, oh, ow, None, None]
    return canvas[:, :, top : top + height, left : left + width].copy()
