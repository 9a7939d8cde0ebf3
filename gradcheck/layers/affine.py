"""affine: each sample is flattened, multiplied by a matrix, and a bias is added."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Cases, Choose, Colour, Layer, Shape, Shapes
from gradcheck.evidence.arithmetic import Linear
from gradcheck.grammar import Grammar, Params
from gradcheck.layers import geometry
from gradcheck.layers.extents import draw_extents
from gradcheck.layers.ours import ours
from gradcheck.layers.weights import PRODUCTS


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, d1, ..., dk), w (D, M), b absent or (M,)."""
    w = (math.prod(params["dims"]), params["m"])
    bias = {"b": (params["m"],)} if params["bias"] == "shared" else {}
    return {"x": (params["n"], *params["dims"]), "w": w, **bias}


def output(params: Params) -> Shape:
    """(N, M)."""
    return params["n"], params["m"]


def draw(choose: Choose) -> dict[str, Any]:
    """Draw inputs of rank two to five."""
    names = [f"d{i}" for i in range(choose.integer(1, 4))]
    found = draw_extents(choose, "n", "m", *names)
    return {
        "n": found["n"],
        "dims": tuple(found[name] for name in names),
        "m": found["m"],
        "bias": choose.one_of("shared", "shared", "none"),
    }


def colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield the inputs to perturb together: one feature of all samples, one row of w, all of b."""
    out, (features, units) = output(params), tensors(params)["w"]
    sample, unit = np.indices(out, sparse=True)
    if name == "b":
        yield geometry.owned_by((units,), out, unit)
        return
    for feature in range(features):
        at = ((params["n"], features), sample, feature) if name == "x" else ((features, units), feature, unit)
        yield geometry.owned_by(at[0], out, *at[1:])


AFFINE = Layer(
    "affine",
    shapes=Shapes(inputs=tensors, output=output, differentiable=("x", "w", "b")),
    arithmetic=Linear(
        terms=lambda params: max(params["n"], math.prod(params["dims"]), params["m"]) + 1,
        colours=colours,
        scaled=("x", "b"),
        also_scaled=("w", "b"),
    ),
    cases=Cases(
        grammar=Grammar("n{n}d{dims}_m{m}[_b{bias}]", {"bias": "shared"}),
        draw=draw,
        battery=("n4d2x2_m4", "n2d3_m4", "n3d2x3x4_m2", "n2d3_m2_bnone"),
        tiny="n1d1_m1",
    ),
    numbers=PRODUCTS,
    ours=ours("affine"),
)
