"""conv1d, conv2d, conv3d and depthwise_conv2d: cross-correlation with stride, padding, dilation and groups."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from gradcheck.contract import Cases, Choose, Colour, Layer, Shape, Shapes
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import ALL_PADS, EXTENTS, Grammar, Params, words
from gradcheck.layers import geometry
from gradcheck.layers.extents import draw_extents, draw_wide
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
        lookalikes=(("n2c2h5w5_f2kh3kw3_s1x1_p0x0_d1x1_g1", "n2c2h5w5_f2kh3kw3_s2x2_p1x1_d1x1_g1"),),
    ),
    numbers=PRODUCTS,
    ours=ours("conv2d", options),
)

# Along one axis, and through volumes: all windows differ in is the number of axes.


def _shaped(params: Params) -> dict[str, Shape]:
    """x (N, C, ...), w (F, C/groups, ...), b absent or (F,)."""
    x = (params["n"], params["c"], *geometry.plane(params))
    w = (params["f"], params["c"] // params["g"], *geometry.kernel_of(params))
    return {"x": x, "w": w} | ({} if params["bias"] == "none" else {"b": (params["f"],)})


def _output(params: Params) -> Shape:
    """(N, F, ...)."""
    return params["n"], params["f"], *geometry.window_counts(params)


def _terms(params: Params) -> int:
    """The number of terms in the longest sum: a window (out), filters and windows (dx), all positions (dw, db)."""
    window, positions = math.prod(geometry.kernel_of(params)), math.prod(_output(params)[2:])
    return int(max(params["c"] * window, params["f"] * window, params["n"] * positions)) + 1


def _colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the inputs to perturb together, as for conv2d."""
    shapes, out = _shaped(params), _output(params)
    if name == "x":
        yield from geometry.plane_colours(shapes["x"], out, params, params["g"], geometry.correlation_seen)
        return
    filters = np.indices(out, sparse=True)[1]
    for entry in np.ndindex(*shapes[name][1:]):
        yield geometry.owned_by(shapes[name], out, filters, *entry)


def _draw(choose: Choose, names: tuple[str, ...], kernels: tuple[int, ...], wide: bool) -> dict[str, Any]:
    """Draw windows along some axes, alike on all of them or not; pads, remainders and groups.

    One extent at most is wide, if any is to be.
    """
    axes = 1 if choose.integer(0, 2) == 0 else len(names)
    kernel, stride, dilation = (
        _on_all([int(choose.one_of(*values)) for _ in range(axes)], len(names))
        for values in (kernels, (1, 2, 1, 2, 3), (1, 1, 1, 2, 3))
    )
    pad = _on_all([_draw_sides(choose) for _ in range(axes)], len(names))
    chosen = choose.one_of("", "n", "c", "f", *names) if wide else ""
    g, found = draw_groups(
        choose, draw_extents(choose, "n", "c", "f", only=chosen if chosen in "ncf" else "")
    )
    plane = {
        name: geometry.draw_extent(
            choose,
            geometry.span(kernel[i], dilation[i]),
            stride[i],
            pad[i],
            draw_wide(choose) if name == chosen else None,
        )
        for i, name in enumerate(names)
    }
    return {
        "n": found["n"],
        "c": found["c"],
        **plane,
        "f": found["f"],
        **{geometry.EXTENTS[name]: kernel[i] for i, name in enumerate(names)},
        "stride": stride,
        "pad": pad,
        "dilation": dilation,
        "g": g,
        "bias": choose.one_of("shared", "shared", "none"),
    }


def _draw_sides(choose: Choose) -> tuple[int, int]:
    before = choose.integer(0, 2)
    return (before, before) if choose.one_of(True, True, False) else (before, choose.integer(0, 2))


def _on_all(values: list[Any], count: int) -> tuple[Any, ...]:
    return tuple(values) if len(values) == count else (values[0],) * count


def _sliding(name: str, cases: Cases) -> Layer:
    """Return a convolution along any number of axes."""
    return Layer(
        name,
        shapes=Shapes(inputs=_shaped, output=_output, differentiable=("x", "w", "b")),
        arithmetic=Linear(terms=_terms, colours=_colours, scaled=("x", "b"), also_scaled=("w", "b")),
        cases=cases,
        numbers=PRODUCTS,
        ours=ours(name, options),
    )


KINDS_OF_ANY_AXES = {"stride": EXTENTS, "dilation": EXTENTS, "pad": ALL_PADS, "bias": words("shared", "none")}

CONV1D = _sliding(
    "conv1d",
    Cases(
        grammar=Grammar(
            "n{n}c{c}l{length}_f{f}k{kl}_s{stride}_p{pad}_d{dilation}_g{g}[_b{bias}]",
            {"bias": "shared"},
            KINDS_OF_ANY_AXES,
        ),
        draw=lambda choose: _draw(choose, ("length",), (1, 2, 3, 1, 2, 3, 4, 5, 7), wide=True),
        flaw=flaw,
        battery=(
            "n2c4l7_f6k3_s2_p1-2_d1_g2",
            "n1c2l8_f2k2_s3_p1_d2_g1",
            "n2c3l5_f3k3_s1_p1_d1_g3_bnone",
            "n2c2l6_f3k1_s2_p0_d1_g1",
        ),
        tiny="n1c1l1_f1k1_s1_p0_d1_g1",
        impossible=("n1c1l3_f1k5_s1_p0_d1_g1", "n1c1l4_f1k3_s1_p0_d2_g1", "n1c3l4_f2k2_s1_p0_d1_g2"),
        refusable=geometry.remainder,
        lookalikes=(("n2c2l5_f2k3_s1_p0_d1_g1", "n2c2l5_f2k3_s2_p1_d1_g1"),),
    ),
)

CONV3D = _sliding(
    "conv3d",
    Cases(
        grammar=Grammar(
            "n{n}c{c}d{depth}h{h}w{w}_f{f}kd{kd}kh{kh}kw{kw}_s{stride}_p{pad}_d{dilation}_g{g}[_b{bias}]",
            {"bias": "shared"},
            KINDS_OF_ANY_AXES,
        ),
        draw=lambda choose: _draw(choose, ("depth", "h", "w"), (1, 2, 3, 1, 2), wide=False),
        flaw=flaw,
        battery=(
            "n2c2d4h3w3_f2kd2kh2kw1_s2x1x1_p1x0x0-1_d1x1x2_g2",
            "n1c2d3h5w4_f2kd1kh2kw3_s1x2x1_p0x1x1_d1x2x1_g1",
            "n2c1d3h3w4_f2kd2kh1kw2_s1x1x2_p1-0x0x0_d1x1x1_g1_bnone",
        ),
        tiny="n1c1d1h1w1_f1kd1kh1kw1_s1x1x1_p0x0x0_d1x1x1_g1",
        impossible=(
            "n1c1d2h3w3_f1kd3kh1kw1_s1x1x1_p0x0x0_d1x1x1_g1",
            "n1c1d3h3w3_f1kd1kh1kw2_s1x1x1_p0x0x0_d1x1x3_g1",
            "n1c3d2h2w2_f2kd1kh1kw1_s1x1x1_p0x0x0_d1x1x1_g2",
        ),
        refusable=geometry.remainder,
    ),
)


# Depthwise: conv2d with a group for each channel. The parameters are those of conv2d, but f and g follow from m.


def _grouped(params: Params) -> dict[str, Any]:
    """Return the parameters as conv2d has them."""
    return {**params, "f": params["c"] * params["m"], "g": params["c"]}


def _draw_depthwise(choose: Choose) -> dict[str, Any]:
    """Draw as for conv2d, with several filters a channel in one of three cases."""
    drawn = draw(choose)
    del drawn["f"], drawn["g"]
    return {**drawn, "m": choose.one_of(1, 1, 2, 3)}


def _depthwise_options(params: Params) -> dict[str, Any]:
    return {name: params[name] for name in ("stride", "pad", "dilation")}


DEPTHWISE_CONV2D = Layer(
    "depthwise_conv2d",
    shapes=Shapes(
        inputs=lambda params: tensors(_grouped(params)),
        output=lambda params: output(_grouped(params)),
        differentiable=("x", "w", "b"),
    ),
    arithmetic=Linear(
        terms=lambda params: terms(_grouped(params)),
        colours=lambda params, name: colours(_grouped(params), name),
        scaled=("x", "b"),
        also_scaled=("w", "b"),
    ),
    cases=Cases(
        grammar=Grammar(
            "n{n}c{c}h{h}w{w}_m{m}kh{kh}kw{kw}_s{stride}_p{pad}_d{dilation}[_b{bias}]", {"bias": "shared"}
        ),
        draw=_draw_depthwise,
        flaw=geometry.does_not_fit,
        battery=(
            "n2c3h4w5_m2kh3kw2_s2x1_p1-2x0-1_d1x2",
            "n2c3h5w5_m1kh2kw3_s1x2_p1x1_d1x1_bnone",
        ),
        tiny="n1c1h1w1_m1kh1kw1_s1x1_p0x0_d1x1",
        impossible=("n1c1h4w6_m1kh5kw3_s1x1_p0x0_d1x1", "n1c1h4w4_m1kh2kw3_s1x1_p0x0_d1x2"),
        refusable=geometry.remainder,
        lookalikes=(("n2c2h5w5_m1kh3kw3_s1x1_p0x0_d1x1", "n2c2h5w5_m1kh3kw3_s2x2_p1x1_d1x1"),),
    ),
    numbers=PRODUCTS,
    ours=ours("depthwise_conv2d", _depthwise_options),
)
