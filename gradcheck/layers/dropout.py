"""dropout, inverted: kept entries are divided by the probability to keep an entry."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Case, Cases, Choose, Colour, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, is_power_of_two
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.extents import draw_dims
from gradcheck.layers.ours import ours

KEPT = (0.25, 0.5, 0.125, 0.75, 0.9, 0.3, 1.0, 0.05, 0.1, 0.2, 0.6, 0.7, 0.8, 0.95)
"""What is usual, and nearly everything that one digit can say."""


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, d1, ..., dk), and, in training, the mask of x's shape."""
    x = (params["n"], *params["dims"])
    return {"x": x, "mask": x} if params["mode"] == "train" else {"x": x}


def draw(choose: Choose) -> dict[str, Any]:
    """Draw keep probabilities: powers of two, so that dividing by them is exact, and others."""
    n, dims = draw_dims(choose)
    return {
        "n": n,
        "dims": dims,
        "keep_prob": choose.one_of(*KEPT),
        "mode": choose.one_of("train", "train", "eval"),
        "seeding": "seeded",
    }


def fill_dropout(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill x with nonzero integers, so that every dropped entry shows, and draw the mask."""
    shape = tensors(case.params)["x"]
    mask = {"mask": rng.random(shape) < case.params["keep_prob"]} if case.params["mode"] == "train" else {}
    return {"x": fill.integers(rng, shape), **mask}


def dropped(values: Arrays) -> Array:
    """Return which entries the mask drops; none in evaluation, which has no mask."""
    return values["mask"] == 0 if "mask" in values else np.zeros(values["x"].shape, dtype=bool)


def colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield one colour of all inputs, because each output depends on one input only."""
    shape = tensors(params)[name]
    members = np.arange(math.prod(shape))
    yield Colour(members, members.reshape(shape))


DROPOUT = Layer(
    "dropout",
    shapes=Shapes(
        inputs=tensors, output=lambda params: (params["n"], *params["dims"]), differentiable=("x",)
    ),
    arithmetic=Linear(
        terms=lambda params: math.ceil(1 / params["keep_prob"]),
        colours=colours,
        rounds=lambda params: params["mode"] == "train" and not is_power_of_two(1 / params["keep_prob"]),
        scaled=("x",),
    ),
    cases=Cases(
        # Where an interface draws the mask itself, it is passed a seed, or none.
        grammar=Grammar("n{n}d{dims}_k{keep_prob}_{mode}[_{seeding}]", {"seeding": "seeded"}),
        draw=draw,
        battery=("n4d4_k0.125_train", "n2d3x4_k0.25_eval", "n4d6_k0.25_train", "n3d2x5_k0.5_train"),
        tiny="n1d1_k0.5_train",
    ),
    numbers=Numbers(
        fill=fill_dropout,
        kinds=("nan", "inf"),
        values=("big", "flat", "graded", "offset", "repeated", "sorted", "zeros"),
        dropped=dropped,
    ),
    ours=ours(
        "dropout", lambda params: {"keep_prob": params["keep_prob"], "training": params["mode"] == "train"}
    ),
)
