"""Windows that slide over planes: output sizes, legality, aimed draws, and which output depends on which input.

The sizes are computed here independently, so that an error in `naive` or `fast` shows.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import numpy as np

from gradcheck.contract import Array, Choose, Colour, Shape
from gradcheck.grammar import Params
from gradcheck.layers.extents import TWO_WIDE, draw_wide

Pads = tuple[tuple[int, int], ...]

EXTENTS = {"depth": "kd", "h": "kh", "w": "kw", "length": "kl"}
"""The axes that a window slides along, in the order of a tensor's axes: the input's extent, and the kernel's."""


def span(kernel: int, dilation: int) -> int:
    """Return the extent of a dilated kernel: ``d (k - 1) + 1``."""
    return dilation * (kernel - 1) + 1


def window_count(size: int, reach: int, stride: int, pad: tuple[int, int], *, ceil: bool = False) -> int:
    """Return the number of windows of extent `reach` along an axis, as PyTorch counts them.

    With `ceil`, a partial last window counts if it starts inside the input or its leading pad.
    """
    free = size + sum(pad) - reach
    if not ceil:
        return free // stride + 1
    count = -(-free // stride) + 1
    return count - 1 if (count - 1) * stride >= size + pad[0] else count


def has_remainder(params: Params, kernel: tuple[int, ...]) -> bool:
    """Return whether the stride leaves rows or columns that no window covers."""
    free = [size + sum(pad) - k for size, pad, k in zip(plane(params), params["pad"], kernel, strict=True)]
    return any(rest % stride for rest, stride in zip(free, params["stride"], strict=True))


def remainder(params: Params) -> str | None:
    """Return that the stride leaves rows or columns over, which some interfaces refuse, or None."""
    return "a stride that leaves a remainder" if has_remainder(params, reach_of(params)) else None


def axes_of(params: Params) -> tuple[str, ...]:
    """Return the names of the axes that a window slides along: height and width of a plane."""
    return tuple(name for name in EXTENTS if name in params)


def plane(params: Params) -> tuple[int, ...]:
    """Return the input's extents under the window: its height and width."""
    return tuple(params[name] for name in axes_of(params))


def kernel_of(params: Params) -> tuple[int, ...]:
    """Return the kernel's extents: its height and width."""
    return params.get("kernel") or tuple(params[EXTENTS[name]] for name in axes_of(params))


def reach_of(params: Params) -> tuple[int, ...]:
    """Return the dilated kernel's extents."""
    kernel = kernel_of(params)
    dilation = params.get("dilation", (1,) * len(kernel))
    return tuple(map(span, kernel, dilation))


def is_planar(params: Params) -> bool:
    """Return whether a window slides over planes, with height and width: not along a line, nor through a volume."""
    return axes_of(params) == ("h", "w") and len(params.get("stride", ())) == 2


def window_counts(params: Params, *, ceil: bool = False) -> tuple[int, ...]:
    """Return the number of windows along each axis, 0 where none fits."""
    axes = zip(plane(params), reach_of(params), params["stride"], params["pad"], strict=True)
    return tuple(
        max(window_count(size, reach, stride, pad, ceil=ceil), 0) for size, reach, stride, pad in axes
    )


def does_not_fit(params: Params) -> str | None:
    """Return that the kernel is larger than the padded input, or None if it fits."""
    reach = reach_of(params)
    padded = [size + sum(pad) for size, pad in zip(plane(params), params["pad"], strict=True)]
    if any(one > other for one, other in zip(reach, padded, strict=True)):
        return f"kernel {by(reach)} is larger than the padded input {by(padded)}"
    return None


def by(extents: Iterable[int]) -> str:
    """Return extents as text: ``5x3``."""
    return "x".join(map(str, extents))


def draw_pads(choose: Choose, high: int) -> Pads:
    """Draw pads per axis: equal on both sides in two of three draws."""
    top, left = choose.integer(0, high), choose.integer(0, high)
    if choose.one_of(True, True, False):
        return (top, top), (left, left)
    return (top, choose.integer(0, high)), (left, choose.integer(0, high))


def draw_pair(choose: Choose, low: int, high: int) -> tuple[int, int]:
    """Draw one value per axis; they differ as often as chance lets them."""
    return choose.integer(low, high), choose.integer(low, high)


def draw_extent(
    choose: Choose, reach: int, stride: int, pad: tuple[int, int], windows: int | None = None
) -> int:
    """Draw an input extent for so many windows, or one to three, with any remainder; at least 1."""
    count, remainder = windows or choose.integer(1, 3), choose.integer(0, stride - 1)
    return max(1, (count - 1) * stride + reach + remainder - sum(pad))


def draw_plane(
    choose: Choose, reach: tuple[int, int], stride: tuple[int, int], pad: Pads, wide: str = ""
) -> dict[str, int]:
    """Draw height and width, in one of four cases equal: code that guesses the layout from extents errs only there.

    If `wide` names one of them, that one is wide, in the input or in the output; both are, but not long, if it names
    both.
    """
    h = draw_extent(choose, reach[0], stride[0], pad[0])
    w = draw_extent(choose, reach[1], stride[1], pad[1])
    if not wide:
        return {"h": max(h, w), "w": max(h, w)} if choose.integer(0, 3) == 0 else {"h": h, "w": w}
    found = {"h": h, "w": w}
    for axis, name in enumerate("hw"):
        if name in wide:
            extent = draw_wide(choose, TWO_WIDE if wide == "hw" else None)
            windows = draw_extent(choose, reach[axis], stride[axis], pad[axis], extent)
            found[name] = choose.one_of(max(extent, found[name]), windows)
    return found


Window = tuple[tuple[int, int], tuple[int, int], Pads, tuple[int, int]]
"""Kernel, stride, pad and dilation."""

KERNELS = (1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 11)


def same(kernel: int, stride: int, pad: int, dilation: int = 1) -> Window:
    """Return a window that is the same along both axes."""
    return (kernel, kernel), (stride, stride), ((pad, pad), (pad, pad)), (dilation, dilation)


def draw_window(choose: Choose, known: tuple[Window, ...], most_pad: int) -> Window:
    """Draw a window: a known one in one of four cases; often the same along both axes, as most code is called."""
    kind = choose.integer(0, 3)
    if kind == 0:
        window: Window = choose.one_of(*known)
        return window
    axes = 1 if kind == 1 else 2
    kernel, stride, dilation = (
        _on_both([int(choose.one_of(*values)) for _ in range(axes)])
        for values in (KERNELS, (1, 2, 1, 2, 3, 4, 5), (1, 1, 1, 2, 3, 4))
    )
    pads = draw_pads(choose, most_pad) if axes == 2 else same(1, 1, choose.integer(0, most_pad))[2]
    return kernel, stride, pads, dilation


def _on_both(values: list[int]) -> tuple[int, int]:
    return values[0], values[-1]


def _owner(low: Array, high: Array, size: int, period: int, phase: int) -> Array:
    """Return the one index between `low` and `high` that is congruent to `phase`, or -1 where there is none."""
    index = low + (phase - low) % period
    return np.where((index <= high) & (index >= 0) & (index < size), index, -1)


def correlation_seen(
    extent: int, count: int, reach: int, stride: int, before: int
) -> tuple[Array, Array, int]:
    """Return the first and last input index that each output of a correlation reads, and the length of that range."""
    low = np.arange(count) * stride - before
    return low, low + reach - 1, reach


def transposed_seen(
    extent: int, count: int, reach: int, stride: int, before: int
) -> tuple[Array, Array, int]:
    """Return the first and last input index behind each output of a transposed convolution, and the widest range."""
    at = np.arange(count) + before
    return -(-(at - reach + 1) // stride), at // stride, (reach - 1) // stride + 1


def plane_colours(
    x_shape: Shape, out_shape: Shape, params: Params, groups: int, seen: Any
) -> Iterator[Colour]:
    """Yield colours for the input of a sliding window: sets of entries of which no output depends on two.

    A colour has all samples and all groups. Within a group it has one channel, and the positions that are congruent
    modulo the widest range that an output depends on. Few forwards then give the whole gradient.
    """
    (_, channels, *sizes), (n, filters, *counts) = x_shape, out_shape
    each, per_group = channels // groups, filters // groups
    axes = [
        (size, *seen(size, count, reach, stride, before))
        for size, count, reach, stride, (before, _) in zip(
            sizes, counts, reach_of(params), params["stride"], params["pad"], strict=True
        )
    ]
    samples = np.arange(n)[:, None] * channels
    first = np.arange(filters) // per_group * each
    plane_size = math.prod(sizes)
    for channel, *phases in product(range(each), *(range(period) for *_, period in axes)):
        spot = _spots(
            [
                (size, _owner(low, high, size, period, phase))
                for (size, low, high, period), phase in zip(axes, phases, strict=True)
            ]
        )
        start = (samples + first + channel).reshape(n, filters, *(1,) * len(sizes)) * plane_size
        planes = (samples + np.arange(groups) * each + channel).reshape(-1, 1) * plane_size
        members = planes + np.unique(spot[spot >= 0])
        yield Colour(members.ravel(), np.where(spot >= 0, start + spot, -1))


def _spots(axes: list[tuple[int, Array]]) -> Array:
    """Return the flat index of each output's member from its index along each axis; -1 where an axis has none."""
    spot = np.zeros((), dtype=np.intp)
    for size, index in axes:
        outer, inner = spot[..., None], index.reshape(*(1,) * spot.ndim, -1)
        spot = np.where((outer >= 0) & (inner >= 0), outer * size + inner, -1)
    return spot


def owned_by(members_shape: Shape, out_shape: Shape, *axes: Array | int) -> Colour:
    """Return the colour in which each output depends on the member at the index that `axes` broadcast to."""
    members = np.ravel_multi_index(np.broadcast_arrays(*axes), members_shape)
    return Colour(np.unique(members), np.broadcast_to(members, out_shape))
