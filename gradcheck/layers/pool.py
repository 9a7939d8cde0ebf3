"""max_pool2d, avg_pool2d, global_avg_pool2d and adaptive_avg_pool2d."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Arrays, Case, Cases, Choose, Colour, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Winner
from gradcheck.grammar import PAIR, Grammar, Params
from gradcheck.layers import geometry
from gradcheck.layers.extents import NEAR, draw_extents
from gradcheck.layers.ours import ours

KNOWN = (
    geometry.same(2, 2, 0),
    geometry.same(3, 2, 1),
    geometry.same(3, 2, 0),
    geometry.same(3, 1, 1),
    geometry.same(7, 1, 0),
    geometry.same(7, 7, 0),
    geometry.same(5, 3, 0),
)
"""The windows of well-known networks, and of a pooling over a whole plane of 7x7."""


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, C, H, W)."""
    return {"x": (params["n"], params["c"], params["h"], params["w"])}


def output(params: Params) -> Shape:
    """(N, C, OH, OW)."""
    ceil = params["rounding"] == "ceil"
    counts = [
        geometry.window_count(size, reach, stride, pad, ceil=ceil)
        for size, reach, stride, pad in zip(
            geometry.plane(params), geometry.reach_of(params), params["stride"], params["pad"], strict=True
        )
    ]
    return params["n"], params["c"], max(counts[0], 0), max(counts[1], 0)


def max_options(params: Params) -> dict[str, Any]:
    """The keyword arguments of max_pool2d_forward."""
    named = {name: params[name] for name in ("kernel", "stride", "pad", "dilation")}
    return named | {"ceil_mode": params["rounding"] == "ceil"}


def avg_options(params: Params) -> dict[str, Any]:
    """The keyword arguments of avg_pool2d_forward."""
    named = {name: params[name] for name in ("kernel", "stride", "pad")}
    return named | {
        "ceil_mode": params["rounding"] == "ceil",
        "count_include_pad": params["divisor"] == "padded",
    }


def terms(params: Params) -> int:
    """The number of terms in the longest sum: a window, or the outputs that one input may feed."""
    return math.prod(params["kernel"]) + 1


def flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None: pads beyond half the kernel let a window miss the input."""
    for kernel, pad in zip(params["kernel"], params["pad"], strict=True):
        if max(pad) > kernel // 2:
            return f"pad {max(pad)} is more than half the kernel of {kernel}"
    return geometry.does_not_fit(params)


def draw(choose: Choose) -> dict[str, Any]:
    """Draw windows that overlap, touch or leave gaps; remainders; pads up to half the kernel."""
    kernel, stride, pad, dilation = geometry.draw_window(choose, KNOWN, 4)
    pad = _within(pad[0], kernel[0] // 2), _within(pad[1], kernel[1] // 2)
    wide = choose.one_of("", "nc", "nc", "h", "w", "hw")
    reach = geometry.span(kernel[0], dilation[0]), geometry.span(kernel[1], dilation[1])
    return {
        **draw_extents(choose, "n", "c", only=None if wide == "nc" else ""),
        **geometry.draw_plane(choose, reach, stride, pad, "" if wide == "nc" else wide),
        "kernel": kernel,
        "stride": stride,
        "pad": pad,
        "dilation": dilation,
        "rounding": choose.one_of("floor", "floor", "ceil"),
    }


def _within(pad: tuple[int, int], most: int) -> tuple[int, int]:
    return min(pad[0], most), min(pad[1], most)


def max_flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None: a dilated window may lie on both sides of the input."""
    found = flaw(params)
    if found is not None:
        return found
    for size, kernel, spaced, (before, _), stride, count in zip(
        geometry.plane(params),
        params["kernel"],
        params["dilation"],
        params["pad"],
        params["stride"],
        output(params)[2:],
        strict=True,
    ):
        starts = [index * stride - before for index in range(count)]
        taps = [[start + tap * spaced for tap in range(kernel)] for start in starts]
        if not all(any(0 <= at < size for at in each) for each in taps):
            return "a dilated window has no entry of the input"
    return None


def draw_max(choose: Choose) -> dict[str, Any]:
    """Draw for max-pooling: dilated windows as well."""
    return draw(choose)


def draw_avg(choose: Choose) -> dict[str, Any]:
    """Draw for average pooling: padding counts in the divisor, or not."""
    drawn = draw(choose)
    del drawn["dilation"]
    return {**drawn, "divisor": choose.one_of("padded", "real")}


def colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the inputs to perturb together: each channel is a group of its own."""
    yield from geometry.plane_colours(
        tensors(params)[name], output(params), params, params["c"], geometry.correlation_seen
    )


def fill_max(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with distinct integers, or with many ties."""
    shape = tensors(case.params)["x"]
    return {"x": fill.tied(rng, shape) if case.fill == "ties" else fill.distinct(rng, shape)}


LARGEST_UNIT = 2**12
"""With a larger multiple of all divisors, sums of its multiples are not exact, and nothing is multiplied by it."""


def unit(params: Params) -> int:
    """Return a number of which every multiple has an exact mean; 1 where it would be too large."""
    found = common_multiple(params)
    return found if found <= LARGEST_UNIT else 1


def is_rounded(params: Params) -> bool:
    """Return whether some means are rounded, because there is no small number that all divisors divide."""
    return common_multiple(params) > LARGEST_UNIT


def common_multiple(params: Params) -> int:
    """Return the least common multiple of all divisors."""
    real = params["divisor"] == "real"
    axes = [
        _counts(size, kernel, stride, pad, count, real=real)
        for size, kernel, stride, pad, count in zip(
            geometry.plane(params),
            params["kernel"],
            params["stride"],
            params["pad"],
            output(params)[2:],
            strict=True,
        )
    ]
    return math.lcm(*(rows * columns for rows in axes[0] for columns in axes[1]))


def _counts(size: int, kernel: int, stride: int, pad: tuple[int, int], count: int, *, real: bool) -> set[int]:
    """Return the numbers of entries that the windows along an axis count."""
    low, high = (0, size) if real else (-pad[0], size + pad[1])
    starts = [i * stride - pad[0] for i in range(count)]
    return {max(1, min(start + kernel, high) - max(start, low)) for start in starts}


def fill_avg(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with small multiples of the unit."""
    return {"x": fill.integers(rng, tensors(case.params)["x"]) * unit(case.params)}


MAX_POOL2D = Layer(
    "max_pool2d",
    shapes=Shapes(inputs=tensors, output=output, differentiable=("x",)),
    arithmetic=Winner(terms=terms, colours=colours, apart=True, scaled=("x",)),
    cases=Cases(
        grammar=Grammar(
            "n{n}c{c}h{h}w{w}_k{kernel}_s{stride}_p{pad}_d{dilation}[_{rounding}]", {"rounding": "floor"}
        ),
        draw=draw_max,
        flaw=max_flaw,
        battery=(
            "n2c2h5w4_k3x2_s2x1_p1x1_d1x1",
            "n1c2h5w6_k3x2_s1x1_p1x1_d2x2",
            "n1c3h6w5_k3x3_s2x2_p1x0_d1x1_ceil",
            "n1c2h7w7_k2x2_s2x2_p0x0_d1x1",
            "n2c2h6w6_k3x2_s2x2_p0x0_d1x1",
            "n2c3h6w5_k2x2_s1x1_p0x0_d1x1",
            "n2c2h4w6_k2x2_s2x2_p0x0_d1x1",
            "n2c1h6w7_k2x3_s1x2_p0x1_d2x1",
            "n2c2h5w6_k2x3_s3x2_p0-1x1-0_d1x1_ceil",
            "n2c2h2w3_k2x3_s3x1_p1x0_d2x1",
            "n1c2h18w17_k18x17_s1x1_p0x0_d1x1",  # more places in a window than a byte can number
        ),
        tiny="n1c1h1w1_k1x1_s1x1_p0x0_d1x1",
        impossible=(
            "n1c1h2w4_k3x2_s1x1_p0x0_d1x1",
            "n1c1h4w4_k2x2_s1x1_p2x0_d1x1",
            "n1c1h4w4_k2x2_s1x1_p0x2_d1x1",
        ),
        refusable=geometry.remainder,
        lookalikes=(("n2c2h4w4_k2x2_s2x2_p0x0_d1x1", "n2c2h4w4_k3x3_s1x1_p0x0_d1x1"),),
    ),
    numbers=Numbers(
        fill=fill_max, kinds=("ties", "nan", "inf"), values=("big", "graded", "offset", "sorted")
    ),
    ours=ours("max_pool2d", max_options),
)

AVG_POOL2D = Layer(
    "avg_pool2d",
    shapes=Shapes(inputs=tensors, output=output, differentiable=("x",)),
    arithmetic=Linear(terms=terms, unit=unit, rounds=is_rounded, colours=colours, scaled=("x",)),
    cases=Cases(
        grammar=Grammar(
            "n{n}c{c}h{h}w{w}_k{kernel}_s{stride}_p{pad}[_{rounding}][_by{divisor}]",
            {"rounding": "floor", "divisor": "padded"},
        ),
        draw=draw_avg,
        flaw=flaw,
        battery=(
            "n2c2h5w6_k2x3_s3x2_p0-1x1-0_ceil_byreal",
            "n1c3h6w5_k3x3_s2x2_p1x0_ceil",
            "n1c2h4w7_k2x3_s1x3_p0x0",
            "n2c2h6w6_k3x2_s2x2_p0x0",
            "n2c3h6w5_k2x2_s1x1_p1x0",
            "n1c2h5w4_k3x2_s2x1_p1x1_byreal",
            "n1c2h4w5_k3x2_s1x2_p1-0x0-1",
        ),
        tiny="n1c1h1w1_k1x1_s1x1_p0x0",
        impossible=("n1c1h2w4_k3x2_s1x1_p0x0", "n1c1h4w4_k2x2_s1x1_p2x0", "n1c1h4w4_k2x2_s1x1_p0x2"),
        refusable=geometry.remainder,
        lookalikes=(("n2c2h4w4_k2x2_s2x2_p0x0", "n2c2h4w4_k3x3_s1x1_p0x0"),),
    ),
    numbers=Numbers(
        fill=fill_avg,
        kinds=("nan", "inf"),
        values=("big", "flat", "graded", "repeated", "sorted", "zeros"),
    ),
    ours=ours("avg_pool2d", avg_options),
)


def areas(params: Params) -> list[set[int]]:
    """Return how many entries the windows hold along each axis: all of them, or what an adaptive pooling takes."""
    sizes = geometry.plane(params)
    if "size" not in params:
        return [{size} for size in sizes]
    return [
        {len(_share(at, size, count)) for at in range(count)}
        for size, count in zip(sizes, params["size"], strict=True)
    ]


def _share(at: int, size: int, count: int) -> range:
    """Return the entries of one window along an axis: the share of the axis, rounded outwards."""
    return range(at * size // count, ((at + 1) * size + count - 1) // count)


def multiple_of_areas(params: Params) -> int:
    """Return the least common multiple of the sizes of all windows."""
    rows, columns = areas(params)
    return math.lcm(*(one * other for one in rows for other in columns))


def mean_unit(params: Params) -> int:
    """Return a number of which every multiple has an exact mean; 1 where it would be too large."""
    found = multiple_of_areas(params)
    return found if found <= LARGEST_UNIT else 1


def fill_mean(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with small multiples of the unit."""
    return {"x": fill.integers(rng, case.shapes["x"]) * mean_unit(case.params)}


def mean_output(params: Params) -> Shape:
    """(N, C), or (N, C, OH, OW) of an adaptive pooling."""
    return params["n"], params["c"], *params.get("size", ())


def mean_colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield one colour for each position of a plane: all planes may be perturbed there together."""
    (n, c, h, w), out = tensors(params)[name], mean_output(params)
    planes = np.arange(n * c) * h * w
    starts = planes.reshape(n, c, *(1,) * (len(out) - 2))
    for i, j in np.ndindex(h, w):
        sees = _seen_by(i, h, params)[0][:, None] & _seen_by(j, w, params)[1]
        owner = np.where(sees, starts + (i * w + j), -1) if "size" in params else starts + (i * w + j)
        yield Colour(planes + (i * w + j), np.broadcast_to(owner, out))


def _seen_by(at: int, size: int, params: Params) -> tuple[Any, Any]:
    """Return which windows see an entry of an axis, if that is the height, and if it is the width."""
    counts = params.get("size", (1, 1))
    rows, columns = (np.array([at in _share(i, size, count) for i in range(count)]) for count in counts)
    return rows, columns


def draw_adaptive(choose: Choose) -> dict[str, Any]:
    """Draw sizes that divide the plane, sizes that do not, and larger ones, whose windows hold one entry."""
    planes = draw_extents(choose, "n", "c", "h", "w")
    return {**planes, "size": (_draw_count(choose, planes["h"]), _draw_count(choose, planes["w"]))}


def _draw_count(choose: Choose, size: int) -> int:
    """Draw a number of windows along an axis; few on a long one, because loops visit each of them."""
    kind = choose.one_of("any", "any", "any", "one", "same", "half", "more")
    if kind == "any" or size > NEAR[-1]:
        return choose.integer(1, min(size + 1, 7))
    return {"one": 1, "same": size, "half": max(1, size // 2), "more": size + choose.integer(1, 3)}[kind]


def _mean_layer(name: str, cases: Cases, options: Callable[[Params], dict[str, Any]]) -> Layer:
    """Return a pooling by means whose windows follow from the sizes."""
    return Layer(
        name,
        shapes=Shapes(inputs=tensors, output=mean_output, differentiable=("x",)),
        arithmetic=Linear(
            terms=lambda params: params["h"] * params["w"] + math.prod(params.get("size", ())),
            unit=mean_unit,
            rounds=lambda params: multiple_of_areas(params) > LARGEST_UNIT,
            colours=mean_colours,
            scaled=("x",),
        ),
        cases=cases,
        numbers=Numbers(
            fill=fill_mean,
            kinds=("nan", "inf"),
            values=("big", "flat", "graded", "repeated", "sorted", "zeros"),
        ),
        ours=ours(name, options),
    )


GLOBAL_AVG_POOL2D = _mean_layer(
    "global_avg_pool2d",
    Cases(
        grammar=Grammar("n{n}c{c}h{h}w{w}"),
        draw=lambda choose: draw_extents(choose, "n", "c", "h", "w"),
        battery=("n2c3h2w3", "n3c2h4w2"),
        tiny="n1c1h1w1",
    ),
    lambda params: {},
)

ADAPTIVE_AVG_POOL2D = _mean_layer(
    "adaptive_avg_pool2d",
    Cases(
        grammar=Grammar("n{n}c{c}h{h}w{w}_o{size}", kinds={"size": PAIR}),
        draw=draw_adaptive,
        battery=("n2c3h5w7_o3x2", "n1c2h4w6_o2x3", "n2c2h3w2_o4x3", "n2c2h5w4_o1x3"),
        tiny="n1c1h1w1_o1x1",
    ),
    lambda params: {"output_size": params["size"]},
)
