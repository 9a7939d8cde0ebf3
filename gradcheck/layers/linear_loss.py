"""linear_softmax_loss and linear_svm_loss: a linear classifier with its loss and its regularisation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Arrays, Case, Cases, Choose, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.extents import draw_extents
from gradcheck.layers.loss import labels
from gradcheck.layers.ours import ours

REGS = (0.25, 0.0, 0.1, 1.5, 1e-3)

STEP = 4.0
"""Scores that are multiples of 4 are never 1 apart: nothing lies at a kink of the hinge."""


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, D), w (D, C) and labels y (N,)."""
    return {"x": (params["n"], params["d"]), "w": (params["d"], params["c"]), "y": (params["n"],)}


def draw(choose: Choose) -> dict[str, Any]:
    """Draw extents, and strengths of the regularisation."""
    return {**draw_extents(choose, "n", "d", "c"), "reg": choose.one_of(*REGS)}


def fill_softmax(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals: scores whose softmax underflows are asked only where a case wants large ones."""
    shapes = tensors(case.params)
    x = fill.reals(rng, shapes["x"]) * (fill.large_factor(case) if case.fill == "large" else 1.0)
    return {"x": x, "w": fill.reals(rng, shapes["w"], -1.0, 1.0), **labels(rng, case)}


def fill_svm(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill x with integers, and w with multiples of `STEP`."""
    shapes = tensors(case.params)
    return {
        "x": fill.integers(rng, shapes["x"]),
        "w": fill.integers(rng, shapes["w"]) * STEP,
        **labels(rng, case),
    }


def _gain(params: Params, tensors: Arrays) -> float:
    """Return the largest factor of dout: an entry of x or of w, or twice the regularisation of one."""
    x, w = (float(np.abs(tensors[name]).max(initial=1.0)) for name in ("x", "w"))
    return float(max(x, w * max(1.0, 2 * params["reg"])))


def _layer(name: str, numbers: Numbers, cancelled: Callable[[Params, Arrays, str], float]) -> Layer:
    return Layer(
        name,
        Shapes(
            inputs=tensors,
            output=lambda params: (),
            differentiable=("x", "w"),
            per_sample=False,
            is_loss=True,
        ),
        Smooth(
            terms=lambda params: params["n"] * params["d"] * params["c"],
            gain=_gain,
            cancelled=cancelled,
        ),
        Cases(
            grammar=Grammar("n{n}d{d}c{c}_r{reg}"),
            draw=draw,
            battery=("n3d4c3_r0.25", "n4d2c5_r1.5", "n2d5c2_r0", "n5d3c4_r0.1"),
            tiny="n1d1c1_r0.25",
            allows_empty=False,
        ),
        numbers,
        ours(name, lambda params: {"reg": params["reg"]}),
    )


def _largest_score(params: Params, tensors: Arrays, dtype: str) -> float:
    """Return a bound of the scores, of which differences are taken."""
    x, w = (float(np.abs(tensors[name]).max(initial=1.0)) for name in ("x", "w"))
    return float(x * w * params["d"])


LINEAR_SOFTMAX_LOSS = _layer(
    "linear_softmax_loss",
    Numbers(
        fill=fill_softmax,
        kinds=("nan", "nan-others"),
        values=("blank", "equal", "far", "last", "outlying", "real", "repeated", "sorted", "tiny", "zeros"),
    ),
    _largest_score,
)
LINEAR_SVM_LOSS = _layer(
    "linear_svm_loss",
    # No NaN: a hinge is a comparison, and `if margin > 0`, as courses hand it out, is right code that loses it.
    Numbers(
        fill=fill_svm,
        values=("blank", "equal", "flat", "last", "outlying", "repeated", "sorted", "zeros"),
        large=False,
    ),
    _largest_score,
)
