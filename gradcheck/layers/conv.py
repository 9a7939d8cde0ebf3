"""conv2d: cross-correlation with stride, padding, dilation and groups."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from gradcheck.contract import Cases, Choose, Colour, Layer, Shape, Shapes
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import Grammar, Params
from gradcheck.layers import geometry
from gradcheck.layers.extents import draw_extents
from gradcheck.layers.ours import ours
from gradcheck.layers.weights import PRODUCTS

KNOWN = (
    geometry.same(3, 1, 1),
    geometry.same(3, 2, 1),
    geometry.same(3, 2, 0),
    geometry.same(1, 1, 0),
    geometry.same(1, 2, 0),
    geometry.same(5, 1, 2),
    geometry.same(7, 2, 3),
    geometry.same(11, 4, 2),
    geometry.same(4, 4, 0),
    geometry.same(3, 1, 2, 2),
    ((1, 3), (1, 2), ((0, 0), (1, 1)), (1, 1)),
    ((1, 7), (1, 1), ((0, 0), (3, 3)), (1, 1)),
    ((7, 1), (1, 1), ((3, 3), (0, 0)), (1, 1)),
)
"""The windows of well-known networks: VGG, ResNet, AlexNet, Inception, patches of a transformer, 1xN depthwise."""


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, C, H, W), w (F, C/groups, kh, kw), b absent, (F,) or (F, OH, OW)."""
    x = (params["n"], params["c"], params["h"], params["w"])
    w = (params["f"], params["c"] // params["g"], params["kh"], params["kw"])
    bias: dict[str, dict[str, Shape]] = {
        "none": {},
        "shared": {"b": (params["f"],)},
        "position": {"b": output(params)[1:]},
    }
    return {"x": x, "w": w, **bias[params["bias"]]}


def output(params: Params) -> Shape:
    """(N, F, OH, OW)."""
    counts = [
        geometry.window_count(size, reach, stride, pad)
        for size, reach, stride, pad in zip(
            geometry.plane(params), geometry.reach_of(params), params["stride"], params["pad"], strict=True
        )
    ]
    return params["n"], params["f"], max(counts[0], 0), max(counts[1], 0)


def options(params: Params) -> dict[str, Any]:
    """The keyword arguments of conv2d_forward."""
    return {name: params[name] for name in ("stride", "pad", "dilation")} | {"groups": params["g"]}


def terms(params: Params) -> int:
    """The number of terms in the longest sum: a window (out), filters and windows (dx), all positions (dw, db)."""
    n, f, oh, ow = output(params)
    window: int = params["kh"] * params["kw"]
    longest: int = max(params["c"] * window, f * window, n * oh * ow)
    return longest + 1  # and the bias


def flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None."""
    if params["c"] % params["g"] or params["f"] % params["g"]:
        return f"{params['g']} groups do not divide {params['c']} channels and {params['f']} filters evenly"
    return geometry.does_not_fit(params)


def draw(choose: Choose) -> dict[str, Any]:
    """Draw geometries where bugs occur: known windows, uneven axes and pads, remainders, groups up to depthwise.

    A few extents at most are wide, and the others are small then.
    """
    kernel, stride, pad, dilation = geometry.draw_window(choose, KNOWN, 4)
    reach = geometry.span(kernel[0], dilation[0]), geometry.span(kernel[1], dilation[1])
    wide = choose.one_of("", "ncf", "ncf", "h", "w", "hw")
    found = draw_extents(choose, "n", "c", "f", only=None if wide == "ncf" else "")
    g, found = draw_groups(choose, found)
    return {
        "n": found["n"],
        "c": found["c"],
        **geometry.draw_plane(choose, reach, stride, pad, "" if wide == "ncf" else wide),
        "f": found["f"],
        "kh": kernel[0],
        "kw": kernel[1],
        "stride": stride,
        "pad": pad,
        "dilation": dilation,
        "g": g,
        "bias": choose.one_of("shared", "shared", "shared", "none", "position"),
    }


def draw_groups(choose: Choose, found: dict[str, int]) -> tuple[int, dict[str, int]]:
    """Draw the number of groups, and adjust the channels and filters to it: some several in a group, some depthwise."""
    kind = choose.one_of("one", "one", "one", "several", "depthwise", "multiplied")
    if kind == "one":
        return 1, found
    if kind == "several":
        g = choose.integer(2, 4)
        return g, {**found, "c": g * -(-found["c"] // g), "f": g * -(-found["f"] // g)}
    each = 1 if kind == "depthwise" else choose.integer(2, 3)
    return found["c"], {**found, "f": found["c"] * each}


def colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the inputs to perturb together: 27 forwards for a 3x3 kernel on 3 channels, for any N, H and W."""
    shapes, out = tensors(params), output(params)
    if name == "x":
        yield from geometry.plane_colours(shapes["x"], out, params, params["g"], geometry.correlation_seen)
        return
    _, f, i, j = np.indices(out, sparse=True)
    if name == "b":
        yield geometry.owned_by(shapes["b"], out, *((f,) if params["bias"] == "shared" else (f, i, j)))
        return
    for kernel_entry in product(*(range(extent) for extent in shapes["w"][1:])):
        yield geometry.owned_by(shapes["w"], out, f, *kernel_entry)


CONV2D = Layer(
    "conv2d",
    shapes=Shapes(inputs=tensors, output=output, differentiable=("x", "w", "b")),
    arithmetic=Linear(terms=terms, colours=colours, scaled=("x", "b"), also_scaled=("w", "b")),
    cases=Cases(
        grammar=Grammar(
            "n{n}c{c}h{h}w{w}_f{f}kh{kh}kw{kw}_s{stride}_p{pad}_d{dilation}_g{g}[_b{bias}]",
            {"bias": "shared"},
        ),
        draw=draw,
        flaw=flaw,
        # In the order that benchmarks/choose_battery.py proposes: the catalogue's mistakes show after few cases.
        battery=(
            "n2c3h4w5_f6kh3kw2_s2x1_p1-2x0-1_d1x2_g3",
            "n1c6h7w9_f2kh3kw2_s3x4_p1x1_d1x1_g1",
            "n1c2h6w5_f2kh2kw3_s1x2_p2x1_d2x2_g1",
            "n2c2h5w4_f2kh1kw1_s2x3_p1x0_d1x1_g1",
            "n1c2h5w7_f2kh2kw3_s2x1_p1x0_d1x1_g1_bnone",
            "n1c24h6w6_f24kh3kw3_s2x2_p1x1_d1x1_g24",
            "n2c2h6w8_f3kh3kw2_s2x2_p0x0_d1x1_g1",
            "n2c3h8w8_f2kh3kw3_s2x2_p0x0_d1x1_g1",
            "n2c3h5w4_f2kh3kw3_s1x1_p1x1_d1x1_g1",
            "n2c4h5w6_f2kh2kw2_s1x2_p0x1_d2x1_g2",
            "n3c2h4w3_f3kh1kw1_s1x1_p0x0_d1x1_g1",
            "n2c1h7w6_f2kh3kw3_s3x2_p2x1_d1x1_g1_bposition",
        ),
        tiny="n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_g1",
        impossible=(
            "n1c1h4w6_f1kh5kw3_s1x1_p0x0_d1x1_g1",
            "n1c1h4w4_f1kh2kw3_s1x1_p0x0_d1x2_g1",
            "n1c3h4w4_f2kh2kw2_s1x1_p0x0_d1x1_g2",
        ),
        refusable=geometry.remainder,
    ),
    numbers=PRODUCTS,
    ours=ours("conv2d", options),
)
