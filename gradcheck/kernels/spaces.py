"""The geometries that kernels are asked: candidates, the classes that each has, and what it costs.

A fast kernel has a path for each kind of geometry (a 3x3 of stride 1, a depthwise one, a long row), and in each path
loops over blocks with a tail. The classes are therefore kinds of kernels, strides, pads and groups, extents next to
powers of two, and remainders. A class of its own is every pair of kinds: most paths are chosen by two.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.layers import BY_NAME, geometry
from gradcheck.layers.drawn import Seeded

CANDIDATES = 1500
"""Geometries that are drawn, of which few are chosen."""

MOST_PRODUCTS = 200_000
"""Products in one forward, at most: kernels written as loops are judged, too."""

MOST_TERMS = 640
"""Products in one sum, at most: many more would leave single precision no room for exact integers."""

OVERHEAD = 100_000
"""The products that take as long as everything else that a problem costs."""

Classes = tuple[frozenset[str], frozenset[str]]
"""The names of the classes that a geometry has, and those of the pairs of its kinds."""

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

DEEPER = ("<17", "<")
"""The kinds of channels and filters that are worth a transform, as those of Winograd are."""

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


@dataclass(frozen=True)
class Space:
    """The geometries of one layer.

    Attributes
    ----------
    draw : callable
        A generator -> parameters, which may be impossible, too large or of no use.
    classes : callable
        Parameters -> the names of the classes that they have.
    products : callable
        Parameters -> the number of products of a forward.
    flaw : callable
        Parameters -> why they are impossible, or None.
    terms : callable
        Parameters -> the number of products in the longest sum.
    sees : callable
        Parameters -> whether the windows see enough of the image, and not padding alone.
    draws : int
        How many geometries are drawn.
    """

    draw: Callable[[random.Random], dict[str, Any]]
    classes: Callable[[Params], Classes]
    products: Callable[[Params], int]
    flaw: Callable[[Params], str | None]
    terms: Callable[[Params], int]
    sees: Callable[[Params], bool]
    draws: int = CANDIDATES

    def candidates(self, seed: int) -> Iterator[Params]:
        """Yield geometries, not all of which are suitable; the same ones for the same seed."""
        rng = random.Random(seed)  # noqa: S311 - geometries are no secrets
        for _ in range(self.draws):
            yield self.draw(rng)

    def suits(self, params: Params) -> bool:
        """Return whether a geometry is possible, small enough for any kernel, and shows something."""
        return (
            self.flaw(params) is None
            and self.products(params) <= MOST_PRODUCTS
            and self.terms(params) <= MOST_TERMS
            and self.sees(params)
        )

    def cost(self, params: Params) -> float:
        """Return how dear a geometry is."""
        return float(OVERHEAD + self.products(params))


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


def _draw(rng: random.Random) -> dict[str, Any]:
    large, found = rng.choice(LARGE), _windows(rng)
    kh, kw = found.pop("kernel")
    found |= {"kh": kh, "kw": kw, **_channels(rng, large)}
    return {
        "n": rng.choice((5, 8, 9, 16, 17)) if "n" in large else rng.choice((1, 1, 2, 2, 3)),
        **found,
        **_plane(rng, large, found),
        "bias": rng.choice(("shared", "shared", "shared", "none", "position")),
    }


def _draw_transposed(rng: random.Random) -> dict[str, Any]:
    """Draw the adjoint of a convolution: its output is the image, and what the stride leaves over is its pad."""
    found = _draw(rng)
    counts = BY_NAME["conv2d"].shapes.output(found)[2:]
    limits = [max(pair) for pair in zip(found["stride"], found["dilation"], strict=True)]
    more = tuple(rng.randint(0, limit - 1) for limit in limits)
    return found | {"h": counts[0], "w": counts[1], "output_pad": more}


def _draw_affine(rng: random.Random) -> dict[str, Any]:
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


def _bucket(extent: int, limits: tuple[int, ...]) -> str:
    return f"<{next((limit for limit in limits if extent < limit), '')}"


def _kernel_kind(kernel: tuple[int, int]) -> str:
    kh, kw = kernel
    if 1 in kernel:
        return "1x1" if kh == kw else "1xN" if kh == 1 else "Nx1"
    if kernel == (3, 3):
        return "3x3"
    return ("even" if kh % 2 == 0 else "large") if kh == kw else "unequal"


def _path(kind: str) -> str:
    """Return the kind of a kernel, or of groups, among those that have a path of their own; the rest share one."""
    return kind if kind in ("1x1", "1xN", "Nx1", "3x3", "dense", "depthwise", "multiplied") else "other"


def _stride_kind(stride: tuple[int, int]) -> str:
    return str(min(stride[0], 3)) if stride[0] == stride[1] else "unequal"


def _pad_kind(params: Params) -> str:
    pads, reach = params["pad"], geometry.reach_of(params)
    if any(before != after for before, after in pads):
        return "uneven"
    (top, _), (left, _) = pads
    if top >= reach[0] and left >= reach[1]:
        return "beyond"
    return ("some" if top else "none") if top == left else "unequal"


def _group_kind(params: Params) -> str:
    c, f, g = params["c"], params["f"], params["g"]
    if g == 1:
        return "dense"
    if c == g:
        return "depthwise" if f == g else "multiplied"
    return "grouped" if f > g else "one filter each"


def _kinds(params: Params, out: tuple[int, int]) -> dict[str, str]:
    """Return the kinds of a geometry, by what they are kinds of; each pair of them is a class."""
    return {
        "kernel": _kernel_kind((params["kh"], params["kw"])),
        "stride": _stride_kind(params["stride"]),
        "dilation": "1" if params["dilation"] == (1, 1) else "more",
        "pad": _pad_kind(params),
        "groups": _group_kind(params),
        "n": "1" if params["n"] == 1 else "more",
        "c": _bucket(params["c"], (2, 9, 17)),
        "f": _bucket(params["f"], (2, 9, 17)),
        "oh": _bucket(out[0], (2, 9)),
        "ow": _bucket(out[1], (16, 32, 64, 100)),
        "rows": str(out[0] % 2),
        "tail": str(out[1] % 4),
        "bias": params["bias"],
    }


def _row_classes(name: str, extent: int) -> Iterator[str]:
    """Yield what loops over blocks of a row leave over, for a row that is long enough to have blocks."""
    for above, block in ((8, 8), (16, 16), (32, 8), (64, 8), (100, 4)):
        if extent > above:
            yield f"{name}>{above} {extent % block} of {block}"
    if extent in EDGES:
        yield f"{name}={extent}"


def _depth_classes(name: str, extent: int) -> Iterator[str]:
    """Yield what loops over blocks of channels (rows, samples) leave over, and the small and the round numbers."""
    if extent > 8:
        yield f"{name}>8 {extent % 8} of 8"
    for above in (16, 32, 64):
        if extent > above:
            yield f"{name}>{above} {extent % 4} of 4"
    if extent < 10 or extent in EDGES:
        yield f"{name}={extent}"


def _classes(params: Params, out: tuple[int, int]) -> Classes:
    """Return the classes of a geometry, and the pairs of its kinds."""
    kinds = _kinds(params, out)
    single = {f"{name} {kind}" for name, kind in kinds.items()}
    pairs = frozenset(f"{one} & {other}" for one, other in combinations(sorted(single), 2))
    strided, g = params["stride"] != (1, 1), params["g"]
    others = {
        f"kernel {params['kh']}x{params['kw']}",
        f"stride {params['stride']}",
        f"dilation {params['dilation']}",
        f"{_path(kinds['groups'])}, {_path(kinds['kernel'])}, {'with' if strided else 'without'} stride",
        f"each of {min(g, 3)} groups {min(params['c'] // g, 2)} {min(params['f'] // g, 2)}",
        f"{_path(kinds['groups'])}, {kinds['kernel']}, {'many' if min(params['c'], params['f']) > 8 else 'few'}",
        f"left over {_left_over(params)}",
    }
    windows = {
        "kernel": (params["kh"], params["kw"]),
        **{k: params[k] for k in ("stride", "pad", "dilation")},
    }
    if windows in KNOWN:
        others |= set(_known_classes(KNOWN.index(windows), kinds))
        if kinds["groups"] == "dense" and params["c"] in (1, 3):
            others.add(f"known {KNOWN.index(windows)}, on an image")
    if kinds["groups"] == "dense":
        rests = [_has_rest(extent) for extent in (params["c"], params["f"], out[1])]
        others.add(f"dense, blocks and a rest {rests}")
    others.update(_depth_classes("c", params["c"] // g), _depth_classes("f", params["f"] // g))
    others.update(_row_classes("ow", out[1]), _depth_classes("oh", out[0]), _depth_classes("n", params["n"]))
    return frozenset(single | others), pairs


def _known_classes(number: int, kinds: dict[str, str]) -> Iterator[str]:
    """Yield the classes of a window as a well-known network has it, which may have a path of its own."""
    yield f"known {number}"
    yield f"known {number}, {_path(kinds['groups'])}"
    if number in COMMON and kinds["groups"] == "dense":
        for name in ("c", "f", "ow"):
            yield f"known {number}, dense, {name} {kinds[name]}"
        if kinds["c"] in DEEPER and kinds["f"] in DEEPER:
            yield f"known {number}, dense and deep, {kinds['rows']} and {kinds['tail']} left over"


def _has_rest(extent: int) -> bool:
    """Return whether an extent has blocks of 8, and something over."""
    return extent > 8 and extent % 8 > 0


def _left_over(params: Params) -> tuple[bool, bool]:
    """Return for each axis whether the stride leaves something over."""
    rests = [
        (size + sum(pad) - span) % stride
        for size, pad, span, stride in zip(
            geometry.plane(params), params["pad"], geometry.reach_of(params), params["stride"], strict=True
        )
    ]
    return rests[0] > 0, rests[1] > 0


def _of_conv2d(params: Params) -> Classes:
    out = BY_NAME["conv2d"].shapes.output(params)
    return _classes(params, (out[2], out[3]))


def _of_conv_transpose2d(params: Params) -> Classes:
    out = BY_NAME["conv_transpose2d"].shapes.output(params)
    more = params["output_pad"]
    single, pairs = _classes(params, (out[2], out[3]))
    return single | {f"output pad {more}", f"output pad {more} {params['stride']}"}, pairs


def _of_affine(params: Params) -> Classes:
    features = BY_NAME["affine"].shapes.inputs(params)["w"][0]
    extents = {"n": params["n"], "d": features, "m": params["m"]}
    sizes = {each for name, extent in extents.items() for each in _row_classes(name, extent)}
    return frozenset(sizes | {f"rank {len(params['dims'])}", f"bias {params['bias']}"}), frozenset()


def _products(params: Params) -> int:
    n, f, oh, ow = BY_NAME["conv2d"].shapes.output(params)
    return int(n * f * oh * ow * params["c"] // params["g"] * params["kh"] * params["kw"])


def _transposed_products(params: Params) -> int:
    each = params["c"] * params["f"] // params["g"] * params["kh"] * params["kw"]
    return int(params["n"] * params["h"] * params["w"] * each)


def _affine_products(params: Params) -> int:
    features = BY_NAME["affine"].shapes.inputs(params)["w"][0]
    return int(params["n"] * features * params["m"])


def _seen(image: tuple[int, ...], places: tuple[int, ...], params: Params) -> bool:
    """Return whether along each axis there are as many taps on the image as half of the places of the window."""
    for axis, kernel in enumerate((params["kh"], params["kw"])):
        stride, dilation, before = params["stride"][axis], params["dilation"][axis], params["pad"][axis][0]
        taps = 0
        for at in (tap * dilation - before for tap in range(kernel)):
            first, last = max(-(at // stride), 0), min((image[axis] - 1 - at) // stride, places[axis] - 1)
            taps += max(last - first + 1, 0)
        if 2 * taps < places[axis]:
            return False
    return True


def _conv2d_sees(params: Params) -> bool:
    return _seen(geometry.plane(params), BY_NAME["conv2d"].shapes.output(params)[2:], params)


def _conv_transpose2d_sees(params: Params) -> bool:
    return _seen(BY_NAME["conv_transpose2d"].shapes.output(params)[2:], geometry.plane(params), params)


def _of(
    name: str,
    draw: Callable[[random.Random], dict[str, Any]],
    classes: Callable[[Params], Classes],
    products: Callable[[Params], int],
    sees: Callable[[Params], bool] = lambda params: True,
) -> Space:
    layer = BY_NAME[name]
    return Space(draw, classes, products, layer.cases.flaw, layer.arithmetic.terms, sees)


SPACES: dict[str, Space] = {
    "conv2d": _of("conv2d", _draw, _of_conv2d, _products, _conv2d_sees),
    "conv_transpose2d": _of(
        "conv_transpose2d",
        _draw_transposed,
        _of_conv_transpose2d,
        _transposed_products,
        _conv_transpose2d_sees,
    ),
    "affine": _of("affine", _draw_affine, _of_affine, _affine_products),
}


GENERAL = 600
"""Geometries that are drawn of a layer whose space is not described here."""

MOST_NUMBERS = 20_000
"""The most numbers in the inputs of such a layer, and in its output: they are moved again and again."""


def space_of(layer: Layer) -> Space:
    """Return the geometries of a layer: those described here, or what the layer itself draws."""
    found = SPACES.get(layer.name)
    return found if found is not None and BY_NAME.get(layer.name) is layer else _general(layer)


def _general(layer: Layer) -> Space:
    def numbers(params: Params) -> int:
        shapes = (*layer.shapes.inputs(params).values(), layer.shapes.output(params))
        return sum(math.prod(shape) for shape in shapes)

    def draw(rng: random.Random) -> dict[str, Any]:
        return layer.cases.draw(Seeded(np.random.default_rng(rng.getrandbits(32))))

    def is_small(params: Params) -> bool:
        return 0 < numbers(params) <= MOST_NUMBERS

    def cost(params: Params) -> int:
        return max(numbers(params), layer.arithmetic.terms(params))

    return Space(draw, _of_any, cost, layer.cases.flaw, lambda params: 0, is_small, GENERAL)


def _of_any(params: Params) -> Classes:
    """Return the classes of any layer's parameters: each value, and what blocks of an extent leave over."""
    kinds, others = {}, set[str]()
    for name, value in params.items():
        extents = {name: value}
        if name == "dims":
            extents = {f"{name}{at - len(value)}": extent for at, extent in enumerate(value)}
            kinds["rank"] = str(len(value))
        for each, extent in extents.items():
            if isinstance(extent, int) and not isinstance(extent, bool):
                kinds[each] = _bucket(extent, (2, 9, 17, 33, 65))
                others |= {*_row_classes(each, extent), *_depth_classes(each, extent)}
            else:
                kinds[each] = str(extent)
    single = {f"{name} {kind}" for name, kind in kinds.items()}
    pairs = frozenset(f"{one} & {other}" for one, other in combinations(sorted(single), 2))
    return frozenset(single | others), pairs
