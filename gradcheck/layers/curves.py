"""gelu, silu, elu, softplus and softmax: activations without a sharp kink."""

from typing import Any

import numpy as np

from gradcheck.contract import Arrays, Case, Cases, Choose, Numbers
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.activations import BATTERY, draw, elementwise, fill_smooth, one, tensors

ALPHAS = (1.0, 0.5, 2.0, 0.1, 1.67326)
"""The usual one, others on either side of it, and that of SELU."""

BESIDE_THE_KINK = 0.37


LARGE = 1e4
"""exp overflows at it. Beyond 2**53, x + s (1 - x) is 0 and no longer s: right code that nobody uses there."""


def fill_unbounded(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals; with values at which exp overflows, if the case asks for large ones."""
    return {"x": fill.reals(rng, tensors(case.params)["x"]) * (LARGE if case.fill == "large" else 1.0)}


def fill_elu(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals none of which is 0: for an alpha other than 1 two slopes meet there, and both are right."""
    x = fill_smooth(case, rng)["x"]
    return {"x": np.where(x == 0, BESIDE_THE_KINK, x)}


def form(params: Params) -> dict[str, Any]:
    """Return the keyword arguments of gelu: none for the definition, which is the default."""
    return {} if params["approximate"] == "none" else {"approximate": params["approximate"]}


def draw_gelu(choose: Choose) -> dict[str, Any]:
    """Draw one of the two forms."""
    return {**draw(choose), "approximate": choose.one_of("none", "tanh")}


def draw_elu(choose: Choose) -> dict[str, Any]:
    """Draw alphas on either side of 1."""
    return {**draw(choose), "alpha": choose.one_of(*ALPHAS)}


UNBOUNDED = Numbers(
    fill=fill_unbounded,
    kinds=("nan",),
    values=("blank", "far", "real", "repeated", "saturated", "sorted", "tiny", "zeros"),
)

GELU = elementwise(
    "gelu",
    Smooth(terms=one),
    UNBOUNDED,
    cases=Cases(
        grammar=Grammar("n{n}d{dims}[_{approximate}]", {"approximate": "none"}),
        draw=draw_gelu,
        battery=("n2d3", "n3d2x3x4_tanh", "n1d5", "n4d4_tanh"),
        tiny="n1d1",
    ),
    options=form,
)
SILU = elementwise("silu", Smooth(terms=one), UNBOUNDED)
ELU = elementwise(
    "elu",
    Smooth(terms=one),
    # Nothing special, because a comparison with NaN may choose the slope of 1; and none of the kinds in which x is 0,
    # or so near to it that a difference of a wrong forward reaches across.
    Numbers(fill=fill_elu, values=("real", "saturated", "sorted")),
    cases=Cases(
        grammar=Grammar("n{n}d{dims}_a{alpha}"),
        draw=draw_elu,
        battery=tuple(f"{shape}_a{alpha}" for shape, alpha in zip(BATTERY, (2, 0.5, 1, 0.25), strict=True)),
        tiny="n1d1_a1",
    ),
    options=lambda params: {"alpha": params["alpha"]},
)
SOFTPLUS = elementwise(
    "softplus",
    Smooth(terms=one),
    # Nothing between 20, from where on frameworks return x itself, and 40, from where on that is the rounded result.
    Numbers(
        fill=fill_smooth,
        kinds=("nan", "inf"),
        values=("blank", "far", "real", "repeated", "sorted", "tiny", "zeros"),
    ),
)
SOFTMAX = elementwise(
    "softmax",
    Smooth(terms=lambda params: tensors(params)["x"][-1]),
    Numbers(
        fill=fill_smooth,
        kinds=("nan",),
        values=("blank", "far", "outlying", "real", "repeated", "saturated", "sorted", "tiny", "zeros"),
    ),
)
