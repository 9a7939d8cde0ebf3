"""relu, leaky_relu, sigmoid, tanh, identity and flatten: each output depends on one input."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Arithmetic, Arrays, Case, Cases, Choose, Colour, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Smooth, Winner
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.ours import ours

BATTERY = ("n2d3", "n3d2x3x4", "n1d5", "n4d4")
SLOPES = (0.5, 0.25, 0.125)
"""Powers of two, so that the product with an integer is exact."""


def tensors(params: Params) -> dict[str, Shape]:
    """x (N, d1, ..., dk)."""
    return {"x": (params["n"], *params["dims"])}


def output(params: Params) -> Shape:
    """The shape of x."""
    return params["n"], *params["dims"]


def flat_output(params: Params) -> Shape:
    """(N, d1 * ... * dk)."""
    return params["n"], math.prod(params["dims"])


def draw(choose: Choose) -> dict[str, Any]:
    """Draw inputs of rank two to four."""
    rank = choose.integer(1, 3)
    return {"n": choose.integer(1, 4), "dims": tuple(choose.integer(1, 4) for _ in range(rank))}


def colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield one colour of all inputs, because each output depends on one input only."""
    shape = tensors(params)[name]
    members = np.arange(math.prod(shape))
    yield Colour(members, members.reshape(shape))


def flat_colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield one colour of all inputs, with owners in the shape of the flat output."""
    members = np.arange(math.prod(flat_output(params)))
    yield Colour(members, members.reshape(flat_output(params)))


def fill_kinked(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with distinct integers away from the kink at 0, or with many zeros."""
    shape = tensors(case.params)["x"]
    return {"x": fill.tied(rng, shape) if case.fill == "ties" else fill.distinct(rng, shape)}


def fill_smooth(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals; with values at which exp overflows, if the case asks for large ones."""
    return {"x": fill.reals(rng, tensors(case.params)["x"]) * (1e4 if case.fill == "large" else 1.0)}


CASES = Cases(grammar=Grammar("n{n}d{dims}"), draw=draw, battery=BATTERY, tiny="n1d1")


def _layer(
    name: str,
    arithmetic: Arithmetic,
    numbers: Numbers,
    *,
    output: Callable[[Params], Shape] = output,
    cases: Cases = CASES,
    options: Callable[[Params], dict[str, Any]] = lambda params: {},
) -> Layer:
    """Return an elementwise layer."""
    shapes = Shapes(inputs=tensors, output=output, differentiable=("x",))
    return Layer(name, shapes, arithmetic, cases, numbers, ours(name, options))


def _one(params: Params) -> int:
    """Return the number of terms in a sum: nothing is summed in an elementwise layer."""
    return 1


INTEGERS = Numbers(fill=fill.by_name(x=fill.integers), kinds=("nan", "inf"))
KINKED = Numbers(fill=fill_kinked, kinds=("ties", "nan", "inf"))
DECIMALS = Numbers(fill=fill_smooth, kinds=("nan", "inf"))

RELU = _layer("relu", Winner(terms=_one, colours=colours), KINKED)
LEAKY_RELU = _layer(
    "leaky_relu",
    Winner(terms=_one, colours=colours, unit=lambda params: round(1 / params["slope"])),
    KINKED,
    cases=Cases(
        grammar=Grammar("n{n}d{dims}_a{slope}"),
        draw=lambda choose: {**draw(choose), "slope": choose.one_of(*SLOPES)},
        battery=tuple(f"{shape}_a{slope}" for shape, slope in zip(BATTERY, (*SLOPES, 0.5), strict=True)),
        tiny="n1d1_a0.5",
    ),
    options=lambda params: {"slope": params["slope"]},
)
SIGMOID = _layer("sigmoid", Smooth(terms=_one), DECIMALS)
TANH = _layer("tanh", Smooth(terms=_one), DECIMALS)
IDENTITY = _layer("identity", Linear(terms=_one, colours=colours), INTEGERS)
FLATTEN = _layer("flatten", Linear(terms=_one, colours=flat_colours), INTEGERS, output=flat_output)
