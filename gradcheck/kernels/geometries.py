"""Geometries of convolutions and matrix products, drawn where fast kernels have paths and tails."""

import random
from typing import Any

from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME, geometry

KERNELS = (
    *((1, 1), (3, 3), (3, 3), (2, 2), (4, 4), (5, 5), (6, 6), (7, 7), (11, 11)),
    *((1, 3), (1, 5), (1, 7), (3, 1), (5, 1), (7, 1), (2, 3), (3, 2), (3, 5), (5, 2)),
)
STRIDES = ((1, 1), (1, 1), (1, 1), (2, 2), (2, 2), (1, 2), (2, 1), (3, 3), (3, 2), (2, 3), (4, 4))
DILATIONS = ((1, 1), (1, 1), (1, 1), (1, 1), (2, 2), (1, 2), (2, 1), (3, 3))

KNOWN: tuple[dict[str, Any], ...] = (
    {"kernel": (3, 3), "stride": (1, 1), "pad": ((1, 1), (1, 1)), "dilation": (1, 1)},
    {"kernel": (3, 3), "stride": (2, 2), "pad": ((1, 1), (1, 1)), "dilation": (1, 1)},
    {"kernel": (3, 3), "stride": (2, 2), "pad": ((0, 0), (0, 0)), "dilation": (1, 1)},
    {"kernel": (3, 3), "stride": (2, 2), "pad": ((0, 1), (0, 1)), "dilation": (1, 1)},
    {"kernel": (3, 3), "stride": (1, 1), "pad": ((2, 2), (2, 2)), "dilation": (2, 2)},
    {"kernel": (1, 1), "stride": (1, 1), "pad": ((0, 0), (0, 0)), "dilation": (1, 1)},
    {"kernel": (1, 1), "stride": (2, 2), "pad": ((0, 0), (0, 0)), "dilation": (1, 1)},
    {"kernel": (5, 5), "stride": (1, 1), "pad": ((2, 2), (2, 2)), "dilation": (1, 1)},
    {"kernel": (7, 7), "stride": (1, 1), "pad": ((3, 3), (3, 3)), "dilation": (1, 1)},
    {"kernel": (7, 7), "stride": (2, 2), "pad": ((3, 3), (3, 3)), "dilation": (1, 1)},
    {"kernel": (4, 4), "stride": (2, 2), "pad": ((1, 1), (1, 1)), "dilation": (1, 1)},
    {"kernel": (2, 2), "stride": (2, 2), "pad": ((0, 0), (0, 0)), "dilation": (1, 1)},
    {"kernel": (11, 11), "stride": (4, 4), "pad": ((2, 2), (2, 2)), "dilation": (1, 1)},
    {"kernel": (1, 7), "stride": (1, 1), "pad": ((0, 0), (3, 3)), "dilation": (1, 1)},
    {"kernel": (7, 1), "stride": (1, 1), "pad": ((3, 3), (0, 0)), "dilation": (1, 1)},
    {"kernel": (1, 3), "stride": (2, 2), "pad": ((0, 0), (1, 1)), "dilation": (1, 1)},
    {"kernel": (3, 1), "stride": (2, 2), "pad": ((1, 1), (0, 0)), "dilation": (1, 1)},
)
"""Windows as well-known networks have them."""

COMMON = (0, 1, 5, 6)
"""The most common ones of them, 3x3 and 1x1 with and without stride: they are asked at all sizes."""

KINDS = ("dense", "dense", "grouped", "grouped", "depthwise", "multiplied")
LARGE: tuple[tuple[str, ...], ...] = (
    *(
        ("w",),
        ("w", "c"),
        ("w", "f"),
        ("w", "c", "f"),
        ("w", "g"),
        ("c", "f"),
        ("c", "f"),
        ("g", "f"),
        ("g", "c"),
    ),
    *(("h",), ("h", "c"), ("h", "f"), ("n", "w"), ("n", "c", "f"), ()),
)
"""The extents that are large together; what is then too dear is left out."""

WIDE = ((9, 15), (16, 31), (32, 47), (48, 63), (64, 99), (100, 131))
DEEP = ((9, 15), (16, 31), (32, 47), (48, 65))
EDGES = (15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129)


def _extent(rng: random.Random, ranges: tuple[tuple[int, int], ...]) -> int:
    """Draw a large extent: in one of the ranges, and often at its edge, which is next to a power of two."""
    low, high = rng.choice(ranges)
    near = [each for each in EDGES if low <= each <= high]
    return rng.choice(near) if near and rng.random() < 0.3 else rng.randint(low, high)


def _pads(rng: random.Random, reach: tuple[int, int]) -> geometry.Pads:
    """Draw pads: none, those that keep the extent, small ones, as large as the kernel, and uneven ones."""
    kind = rng.choice(("none", "same", "small", "each", "uneven", "uneven", "beyond"))
    if kind == "none":
        return ((0, 0), (0, 0))
    if kind == "same":
        return (reach[0] // 2, reach[0] // 2), (reach[1] // 2, reach[1] // 2)
    if kind == "beyond":
        more = rng.randint(0, 1)
        return (reach[0] + more, reach[0] + more), (reach[1], reach[1])
    if kind == "uneven":
        return (rng.randint(0, 2), rng.randint(0, 2)), (rng.randint(0, 2), rng.randint(0, 3))
    top = rng.randint(0, 3)
    left = top if kind == "small" else rng.randint(0, 3)
    return (top, top), (left, left)


def _windows(rng: random.Random) -> dict[str, Any]:
    """Draw a kernel, its stride, pads and dilation: one in three as a well-known network has them."""
    if rng.random() < 1 / 3:
        return dict(rng.choice(KNOWN))
    kernel, dilation = rng.choice(KERNELS), rng.choice(DILATIONS)
    reach = geometry.span(kernel[0], dilation[0]), geometry.span(kernel[1], dilation[1])
    return {
        "kernel": kernel,
        "stride": rng.choice(STRIDES),
        "pad": _pads(rng, reach),
        "dilation": dilation,
    }


def _channels(rng: random.Random, large: tuple[str, ...]) -> dict[str, int]:
    """Draw channels, filters and groups; each group has several of both, one of them, or one channel."""
    kind = rng.choice(KINDS)
    if kind == "dense":
        g, c, f = 1, rng.randint(1, 5), rng.randint(1, 5)
    elif kind == "grouped":
        g, c, f = rng.choice((2, 2, 3, 4)), rng.randint(2, 5), rng.randint(1, 5)
    else:
        g, c, f = rng.choice((2, 3, 4, 5, 8)), 1, 1 if kind == "depthwise" else rng.randint(2, 3)
    if "g" in large and kind != "dense":
        g = _extent(rng, DEEP)
    if "c" in large and kind in ("dense", "grouped"):
        c = _extent(rng, DEEP)
    if "f" in large and kind != "depthwise":
        f = _extent(rng, DEEP)
    return {"c": g * c, "f": g * f, "g": g}


def _plane(rng: random.Random, large: tuple[str, ...], found: Params) -> dict[str, int]:
    """Draw height and width, so that the output has a wanted extent, with any remainder of the stride."""
    counts = [rng.randint(1, 5), rng.randint(1, 7)]
    for axis, ranges in enumerate((WIDE[:3], WIDE)):
        if "hw"[axis] in large:
            counts[axis] = _extent(rng, ranges)
    reach = geometry.reach_of({**found, "kernel": (found["kh"], found["kw"])})  # h and w are drawn here
    extents = [
        max(1, (count - 1) * stride + span + rng.randint(0, stride - 1) - sum(pad))
        for count, stride, span, pad in zip(counts, found["stride"], reach, found["pad"], strict=True)
    ]
    return {"h": extents[0], "w": extents[1]}


def draw_window(rng: random.Random) -> dict[str, Any]:
    """Draw a convolution on a plane: few of its extents are large."""
    large, found = rng.choice(LARGE), _windows(rng)
    kh, kw = found.pop("kernel")
    found |= {"kh": kh, "kw": kw, **_channels(rng, large)}
    return {
        "n": rng.choice((5, 8, 9, 16, 17)) if "n" in large else rng.choice((1, 1, 2, 2, 3)),
        **found,
        **_plane(rng, large, found),
        "bias": rng.choice(("shared", "shared", "shared", "none", "position")),
    }


def draw_transposed(rng: random.Random) -> dict[str, Any]:
    """Draw the adjoint of a convolution: its output is the image, and what the stride leaves over is its pad."""
    found = draw_window(rng)
    counts = BY_NAME["conv2d"].shapes.output(found)[2:]
    limits = [max(pair) for pair in zip(found["stride"], found["dilation"], strict=True)]
    more = tuple(rng.randint(0, limit - 1) for limit in limits)
    return found | {"h": counts[0], "w": counts[1], "output_pad": more}


def draw_affine(rng: random.Random) -> dict[str, Any]:
    """Draw a matrix product: one of its extents at most is large."""
    large = rng.choice(("n", "d", "m", "none"))
    extents = {name: rng.randint(1, 7) for name in "ndm"}
    if large != "none":
        extents[large] = _extent(rng, (*WIDE, (255, 257)))
    dims = (extents["d"],) if rng.random() < 0.7 else (extents["d"], rng.randint(1, 3))
    return {
        "n": extents["n"],
        "dims": dims,
        "m": extents["m"],
        "bias": rng.choice(("shared", "shared", "none")),
    }
