"""softmax_loss, svm_loss and mse_loss: a batch of scores or predictions to one number."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.contract import Arithmetic, Arrays, Case, Cases, Choose, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Quadratic, Smooth, Winner, is_power_of_two
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.extents import draw_dims, draw_extents
from gradcheck.layers.ours import ours

SVM_GAP = 4.0
"""Scores are distinct multiples of 4: with each of `MARGINS`, every excess is at least 1 away from the kink."""

MARGINS = (1.0, 2.0, 6.0, 1.5, 5.0, 10.0)


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, C), labels y (N,)."""
    return {"x": (params["n"], params["c"]), "y": (params["n"],)}


def regression_tensors(params: Params) -> dict[str, Shape]:
    """x and targets y (N, d1, ..., dk)."""
    shape = (params["n"], *params["dims"])
    return {"x": shape, "y": shape}


def labels(rng: np.random.Generator, params: Params) -> Arrays:
    """Return integer labels."""
    return {"y": np.asarray(rng.integers(0, params["c"], size=params["n"]))}


def fill_softmax(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill scores with decimals; with huge logits, if the case asks for large ones."""
    x = fill.reals(rng, tensors(case.params)["x"])
    return {"x": x * fill.large_factor(case) if case.fill == "large" else x, **labels(rng, case.params)}


def fill_svm(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill scores with distinct multiples of the gap."""
    return {"x": fill.distinct(rng, tensors(case.params)["x"]) * SVM_GAP, **labels(rng, case.params)}


def draw(choose: Choose) -> dict[str, Any]:
    """Draw batches and numbers of classes; means over a power of two are exact, the others are rounded."""
    return draw_extents(choose, "n", "c")


def draw_regression(choose: Choose) -> dict[str, Any]:
    """Draw shapes; means over a power of two are exact, the others are rounded."""
    if choose.one_of(True, False):
        return {"n": choose.one_of(1, 2, 4, 16), "dims": choose.one_of((1,), (2,), (4,), (2, 4), (8,), (32,))}
    n, dims = draw_dims(choose)
    return {"n": n, "dims": dims}


def _count(params: Params) -> int:
    """Return the number of entries that the mean of a regression loss is over."""
    return math.prod((params["n"], *params["dims"]))


def _layer(
    name: str,
    inputs: Callable[[Params], dict[str, Shape]],
    arithmetic: Arithmetic,
    cases: Cases,
    numbers: Numbers,
    options: Callable[[Params], dict[str, Any]] = lambda params: {},
) -> Layer:
    """Return a loss: its output is one number, the mean over the batch."""
    shapes = Shapes(
        inputs=inputs, output=lambda params: (), differentiable=("x",), per_sample=False, is_loss=True
    )
    return Layer(name, shapes, arithmetic, cases, numbers, ours(name, options))


SOFTMAX_LOSS = _layer(
    "softmax_loss",
    tensors,
    Smooth(terms=lambda params: params["n"] * params["c"]),
    Cases(
        grammar=Grammar("n{n}c{c}"),
        draw=draw,
        battery=("n3c4", "n1c2", "n5c3", "n4c4", "n1c5"),
        tiny="n1c1",
        allows_empty=False,
    ),
    Numbers(
        fill=fill_softmax,
        kinds=("nan", "masked"),
        values=(
            "blank",
            "equal",
            "far",
            "last",
            "outlying",
            "real",
            "repeated",
            "saturated",
            "sorted",
            "tiny",
            "zeros",
        ),
    ),
)
SVM_LOSS = _layer(
    "svm_loss",
    tensors,
    Winner(
        terms=lambda params: params["n"] * params["c"],
        unit=lambda params: params["n"] * (1 if params["margin"].is_integer() else 2),
        rounds=lambda params: not is_power_of_two(params["n"]),
        apart=True,
    ),
    Cases(
        grammar=Grammar("n{n}c{c}_m{margin}"),
        draw=lambda choose: {**draw(choose), "margin": choose.one_of(*MARGINS)},
        battery=("n4c4_m2", "n2c4_m1", "n4c3_m1", "n2c6_m6", "n1c5_m1"),
        tiny="n1c1_m1",
        allows_empty=False,
    ),
    # No NaN: a hinge is a comparison, and `if margin > 0`, as courses hand it out, is right code that loses it.
    Numbers(fill=fill_svm, values=("big", "blank", "equal", "last", "outlying", "sorted")),
    options=lambda params: {"margin": params["margin"]},
)
MSE_LOSS = _layer(
    "mse_loss",
    regression_tensors,
    Quadratic(
        terms=_count,
        unit=_count,
        rounds=lambda params: not is_power_of_two(_count(params)),
        scaled=("x", "y"),
        degree=2,
    ),
    Cases(
        grammar=Grammar("n{n}d{dims}"),
        draw=draw_regression,
        battery=("n2d4", "n4d2x4", "n4d1", "n1d8"),
        tiny="n1d1",
        allows_empty=False,
    ),
    Numbers(
        fill=fill.by_name(x=fill.integers, y=fill.integers),
        kinds=("nan", "inf", "nan-others", "inf-others"),
        values=("big", "blank", "flat", "graded", "null", "offset", "repeated", "sorted", "zeros"),
    ),
)
