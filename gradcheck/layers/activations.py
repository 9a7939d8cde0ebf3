"""relu, leaky_relu, sigmoid, tanh, identity and flatten: each output depends on one input."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Arithmetic, Arrays, Case, Cases, Choose, Colour, Layer, Numbers, Shape, Shapes
from gradcheck.evidence import fill
from gradcheck.evidence.arithmetic import Linear, Smooth, Winner, is_power_of_two
from gradcheck.grammar import Grammar, Params
from gradcheck.layers.extents import draw_dims
from gradcheck.layers.ours import ours

BATTERY = ("n2d3", "n3d2x3x4", "n1d5", "n4d4")
SLOPES = (0.5, 0.25, 0.125)
"""Powers of two, so that the product with an integer is exact."""

OTHER_SLOPES = (0.1, 0.01, 0.2, 0.3, 1.0, 0.0, 2.0)
"""The usual ones, with which products are rounded, both ends of the usual range, and one beyond it."""


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
    n, dims = draw_dims(choose)
    return {"n": n, "dims": dims}


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
    return {"x": fill.tied(rng, shape) if case.fill == "ties" else fill.either_side(rng, shape)}


def fill_smooth(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals; with values at which exp overflows, if the case asks for large ones."""
    return {
        "x": fill.reals(rng, tensors(case.params)["x"])
        * (fill.large_factor(case) if case.fill == "large" else 1.0)
    }


CASES = Cases(grammar=Grammar("n{n}d{dims}"), draw=draw, battery=BATTERY, tiny="n1d1")


def elementwise(
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


def _unit_of_slope(params: Params) -> int:
    """Return what the slope divides by, if that is a power of two; otherwise 0: products are rounded."""
    slope = params["slope"]
    if slope == 0.0:
        return 1
    return round(1 / slope) if is_power_of_two(1 / slope) else 0


def _is_rounded(params: Params) -> bool:
    return not _unit_of_slope(params)


def one(params: Params) -> int:
    """Return the number of terms in a sum: nothing is summed in an elementwise layer."""
    return 1


INTEGERS = Numbers(
    fill=fill.by_name(x=fill.integers),
    kinds=("nan", "inf"),
    values=("big", "flat", "graded", "offset", "repeated", "sorted", "zeros"),
)
# No "graded": a bounded slope takes steps in proportion to the largest number, which pass the kink of small ones.
KINKED = Numbers(fill=fill_kinked, kinds=("ties", "nan", "inf"), values=("big", "offset", "sorted"))
DECIMALS = Numbers(
    fill=fill_smooth,
    kinds=("nan", "inf"),
    values=("blank", "far", "real", "repeated", "saturated", "sorted", "tiny", "zeros"),
)

RELU = elementwise("relu", Winner(terms=one, colours=colours, apart=True, scaled=("x",)), KINKED)
LEAKY_RELU = elementwise(
    "leaky_relu",
    Winner(
        terms=one,
        colours=colours,
        unit=lambda params: _unit_of_slope(params) or 1,
        rounds=_is_rounded,
        apart=True,
        scaled=("x",),
    ),
    KINKED,
    cases=Cases(
        grammar=Grammar("n{n}d{dims}_a{slope}"),
        draw=lambda choose: {**draw(choose), "slope": choose.one_of(*SLOPES, *OTHER_SLOPES)},
        battery=tuple(f"{shape}_a{slope}" for shape, slope in zip(BATTERY, (*SLOPES, 0.5), strict=True)),
        tiny="n1d1_a0.5",
    ),
    options=lambda params: {"slope": params["slope"]},
)
SIGMOID = elementwise("sigmoid", Smooth(terms=one), DECIMALS)
TANH = elementwise("tanh", Smooth(terms=one), DECIMALS)
IDENTITY = elementwise("identity", Linear(terms=one, colours=colours, scaled=("x",)), INTEGERS)
FLATTEN = elementwise(
    "flatten", Linear(terms=one, colours=flat_colours, scaled=("x",)), INTEGERS, output=flat_output
)
