"""l1_loss, huber_loss, bce_loss, bce_with_logits_loss and kl_div_loss: losses on targets of the shape of x."""

from typing import Any

import numpy as np

from gradcheck.contract import Arrays, Case, Cases, Choose, Numbers
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Smooth, Winner, is_power_of_two
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.loss import count, draw_regression, loss, regression_tensors

GAP = 8.0
"""Predictions are multiples of it, and targets lie halfway between two: no difference is 0, whatever is exchanged."""

DELTAS = (1.0, 0.5, 2.0, 1.35, 0.1)

LOW, HIGH = 0.05, 0.95
"""Probabilities on which code that clips them before it takes the logarithm is right, too."""

STEP = 0.01
"""Decimals are multiples of it."""

CASES = Cases(
    grammar=Grammar("n{n}d{dims}"),
    draw=draw_regression,
    battery=("n2d4", "n4d2x4", "n4d1", "n1d8"),
    tiny="n1d1",
    allows_empty=False,
)


def fill_apart(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with integers no two of which are equal; with many equal ones, if the case asks for ties."""
    shapes = regression_tensors(case.params)
    if case.fill == "ties":
        return {name: fill.tied(rng, shape) for name, shape in shapes.items()}
    y = fill.integers(rng, shapes["y"])
    return {"x": fill.distinct(rng, shapes["x"]) * GAP, "y": y * GAP + GAP / 2}


def fill_decimals(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals; with large predictions, if the case asks for them."""
    x, y = (fill.reals(rng, shape) for shape in regression_tensors(case.params).values())
    return {"x": x * fill.large_factor(case) if case.fill == "large" else x, "y": y}


def fill_huber(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals whose differences are not delta: the slope is the same on both sides, but not its change."""
    made = fill_decimals(case, rng)
    is_there = np.abs(np.abs(made["x"] - made["y"]) - case.params["delta"]) < STEP / 2
    return {**made, "x": made["x"] + 2 * STEP * is_there}


def fill_logits(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with logits and with targets, most of which are 0 or 1."""
    return {"x": fill_decimals(case, rng)["x"], "y": _shares(case, rng)}


def fill_probabilities(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with probabilities that are neither 0 nor 1, and with targets, most of which are."""
    return {"x": fill.reals(rng, regression_tensors(case.params)["x"], LOW, HIGH), "y": _shares(case, rng)}


def _shares(case: Case, rng: np.random.Generator) -> Any:
    """Return targets of two classes, a third of them between the two; all 1, if the case asks for the last class."""
    shape = regression_tensors(case.params)["y"]
    certain, between = np.round(rng.random(shape)), fill.reals(rng, shape, LOW, HIGH)
    shares = np.where(rng.integers(3, size=shape) == 0, between, certain)
    return np.ones(shape) if case.fill == "last" else shares


def fill_distributions(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with distributions over the last axis, of x the logarithms; all on the last class, if the case asks so."""
    p, y = (_normalised(rng, shape) for shape in regression_tensors(case.params).values())
    if case.fill == "last":
        y = np.zeros_like(y)
        y[..., -1] = 1.0
    return {"x": np.log(p), "y": y}


def _normalised(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    values = fill.positives(rng, shape)
    return values / values.sum(axis=-1, keepdims=True)


def draw_huber(choose: Choose) -> dict[str, Any]:
    """Draw deltas on either side of most differences."""
    return {**draw_regression(choose), "delta": choose.one_of(*DELTAS)}


def _least_variance(params: Params, tensors: Arrays) -> float:
    """Return by how much the derivative of a logarithm magnifies dout: 1 / (x (1 - x)) at most."""
    x = tensors["x"]
    return float(np.max(1 / np.maximum(x * (1 - x), 1e-12), initial=1.0))


L1_LOSS = loss(
    "l1_loss",
    regression_tensors,
    Winner(
        terms=count,
        unit=count,
        rounds=lambda params: not is_power_of_two(count(params)),
        apart=True,
        scaled=("x", "y"),
    ),
    CASES,
    Numbers(
        fill=fill_apart,
        kinds=("ties",),
        values=("big", "blank", "flat", "null", "offset", "outlying", "repeated", "sorted", "zeros"),
    ),
)
HUBER_LOSS = loss(
    "huber_loss",
    regression_tensors,
    Smooth(terms=count),
    Cases(
        grammar=Grammar("n{n}d{dims}_m{delta}"),
        draw=draw_huber,
        battery=("n2d4_m1", "n4d2x4_m0.5", "n4d1_m2", "n1d8_m1.5"),
        tiny="n1d1_m1",
        allows_empty=False,
    ),
    Numbers(
        fill=fill_huber,
        kinds=("nan", "nan-others"),
        values=("blank", "far", "outlying", "real", "repeated", "sorted", "tiny", "zeros"),
    ),
    options=lambda params: {"delta": params["delta"]},
)
BCE_WITH_LOGITS_LOSS = loss(
    "bce_with_logits_loss",
    regression_tensors,
    Smooth(terms=count),
    CASES,
    Numbers(
        fill=fill_logits,
        kinds=("nan", "nan-others"),
        values=(
            "blank",
            "far",
            "last",
            "null",
            "outlying",
            "repeated",
            "saturated",
            "sorted",
            "tiny",
            "zeros",
        ),
    ),
)
BCE_LOSS = loss(
    "bce_loss",
    regression_tensors,
    Smooth(terms=count, gain=_least_variance),
    CASES,
    # Nothing in which x is 0 or beyond 1, and nothing large: x holds probabilities. Code may refuse NaN among them.
    Numbers(fill=fill_probabilities, values=("equal", "last", "null", "sorted"), large=False),
)
KL_DIV_LOSS = loss(
    "kl_div_loss",
    regression_tensors,
    Smooth(terms=count),
    CASES,
    Numbers(
        fill=fill_distributions,
        kinds=("nan",),
        values=("blank", "equal", "far", "last", "outlying", "repeated", "sorted", "tiny", "zeros"),
        large=False,
    ),
)
