"""conv_transpose2d: the adjoint of conv2d with respect to its input, as a layer of its own."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from gradcheck.contract import Cases, Choose, Colour, Layer, Shape, Shapes
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import Grammar, Params
from gradcheck.layers import geometry
from gradcheck.layers.conv import draw_groups
from gradcheck.layers.extents import draw_extents
from gradcheck.layers.ours import ours
from gradcheck.layers.weights import PRODUCTS

KNOWN = (
    geometry.same(4, 2, 1),
    geometry.same(2, 2, 0),
    geometry.same(3, 2, 1),
    geometry.same(3, 1, 1),
    geometry.same(1, 1, 0),
    geometry.same(4, 1, 0),
    geometry.same(5, 2, 2),
)
"""The windows of well-known networks: DCGAN, U-Net, decoders."""


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, C, H, W), w (C, F/groups, kh, kw), b absent, (F,) or (F, OH, OW)."""
    x = (params["n"], params["c"], params["h"], params["w"])
    w = (params["c"], params["f"] // params["g"], params["kh"], params["kw"])
    bias: dict[str, dict[str, Shape]] = {
        "none": {},
        "shared": {"b": (params["f"],)},
        "position": {"b": output(params)[1:]},
    }
    return {"x": x, "w": w, **bias[params["bias"]]}


def output(params: Params) -> Shape:
    """(N, F, OH, OW) with OH = (H - 1) s - pads + d (kh - 1) + 1 + output_pad."""
    extents = [
        (size - 1) * stride - sum(pad) + reach + more
        for size, stride, pad, reach, more in zip(
            geometry.plane(params),
            params["stride"],
            params["pad"],
            geometry.reach_of(params),
            params["output_pad"],
            strict=True,
        )
    ]
    return params["n"], params["f"], max(extents[0], 0), max(extents[1], 0)


def options(params: Params) -> dict[str, Any]:
    """The keyword arguments of conv_transpose2d_forward."""
    return {name: params[name] for name in ("stride", "pad", "dilation", "output_pad")} | {
        "groups": params["g"]
    }


def terms(params: Params) -> int:
    """The number of terms in the longest sum: channels and taps (out), filters and taps (dx), positions (dw, db)."""
    n, f, oh, ow = output(params)
    window: int = params["kh"] * params["kw"]
    longest: int = max(params["c"] * window, f * window, n * oh * ow, n * params["h"] * params["w"])
    return longest + 1  # and the bias


def flaw(params: Params) -> str | None:
    """Return why the parameters are impossible, or None."""
    if params["c"] % params["g"] or params["f"] % params["g"]:
        return f"{params['g']} groups do not divide {params['c']} channels and {params['f']} filters evenly"
    limits = [max(pair) for pair in zip(params["stride"], params["dilation"], strict=True)]
    if any(more >= limit for more, limit in zip(params["output_pad"], limits, strict=True)):
        return f"output_pad {params['output_pad']} must be smaller than stride or dilation {tuple(limits)}"
    if 0 in output(params)[2:]:
        return "the pads leave no output"
    return None


def draw(choose: Choose) -> dict[str, Any]:
    """Draw small planes, strides that spread them, and output pads below the larger of stride and dilation."""
    kernel, stride, pad, dilation = geometry.draw_window(choose, KNOWN, 4)
    found = draw_extents(choose, "n", "c", "f", "h", "w")
    g, found = draw_groups(choose, found)
    return {
        **found,
        "kh": kernel[0],
        "kw": kernel[1],
        "stride": stride,
        "pad": pad,
        "dilation": dilation,
        "output_pad": tuple(choose.integer(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)),
        "g": g,
        "bias": choose.one_of("shared", "shared", "shared", "none", "position"),
    }


def colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the inputs to perturb together, as for conv2d."""
    shapes, out = tensors(params), output(params)
    if name == "x":
        yield from geometry.plane_colours(shapes["x"], out, params, params["g"], geometry.transposed_seen)
        return
    _, f, i, j = np.indices(out, sparse=True)
    if name == "b":
        yield geometry.owned_by(shapes["b"], out, *((f,) if params["bias"] == "shared" else (f, i, j)))
        return
    each, per_group = params["c"] // params["g"], shapes["w"][1]
    for channel, row, column in product(range(each), range(params["kh"]), range(params["kw"])):
        yield geometry.owned_by(shapes["w"], out, f // per_group * each + channel, f % per_group, row, column)


CONV_TRANSPOSE2D = Layer(
    "conv_transpose2d",
    shapes=Shapes(inputs=tensors, output=output, differentiable=("x", "w", "b")),
    arithmetic=Linear(terms=terms, colours=colours, scaled=("x", "b"), also_scaled=("w", "b")),
    cases=Cases(
        grammar=Grammar(
            "n{n}c{c}h{h}w{w}_f{f}kh{kh}kw{kw}_s{stride}_p{pad}_d{dilation}_o{output_pad}_g{g}[_b{bias}]",
            {"bias": "shared"},
        ),
        draw=draw,
        flaw=flaw,
        battery=(
            "n1c3h3w2_f6kh3kw2_s2x2_p0-1x1-0_d1x2_o0x1_g3",
            "n2c2h3w2_f3kh3kw2_s2x1_p0x0_d1x1_o0x0_g1",
            "n1c3h2w4_f2kh2kw3_s1x2_p1x0_d1x1_o0x1_g1",
            "n2c4h2w3_f2kh3kw3_s3x2_p1x1_d1x1_o2x1_g2",
            "n2c2h4w3_f3kh2kw3_s2x3_p0x2_d2x1_o1x0_g1_bnone",
            "n2c1h3w3_f2kh3kw2_s2x2_p1x0_d1x1_o1x0_g1_bposition",
        ),
        tiny="n1c1h1w1_f1kh1kw1_s1x1_p0x0_d1x1_o0x0_g1",
        impossible=(
            "n1c1h2w2_f1kh2kw2_s2x2_p0x0_d1x1_o2x0_g1",
            "n1c1h1w2_f1kh2kw2_s1x1_p2x0_d1x1_o0x0_g1",
            "n1c3h2w2_f2kh2kw2_s1x1_p0x0_d1x1_o0x0_g2",
        ),
        lookalikes=(
            ("n2c2h3w3_f2kh3kw3_s1x1_p0x0_d1x1_o0x0_g1", "n2c2h3w3_f2kh3kw3_s2x2_p1x1_d1x1_o0x0_g1"),
        ),
    ),
    numbers=PRODUCTS,
    ours=ours("conv_transpose2d", options),
)
