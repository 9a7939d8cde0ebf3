"""relu, leaky_relu, sigmoid, tanh, identity and flatten: each output sees one input."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import fast
import naive
from gradcheck.contract import Arithmetic, Arrays, Case, Choose, Colour, Layer, Pair, Shape
from gradcheck.evidence import fill
from gradcheck.grammar import Grammar, Params

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
    """Yield all inputs at once."""
    shape = tensors(params)[name]
    members = np.arange(math.prod(shape))
    yield Colour(members, members.reshape(shape))


def flat_colours(params: Params, name: str) -> Iterator[Colour]:
    """Yield all inputs at once."""
    members = np.arange(math.prod(flat_output(params)))
    yield Colour(members, members.reshape(flat_output(params)))


def fill_kinked(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with distinct integers away from the kink at 0, or with many zeros."""
    shape = tensors(case.params)["x"]
    return {"x": fill.tied(rng, shape) if case.fill == "ties" else fill.distinct(rng, shape)}


def fill_smooth(case: Case, rng: np.random.Generator) -> Arrays:
    """Fill with decimals, or with values at which exp overflows."""
    return {"x": fill.reals(rng, tensors(case.params)["x"]) * (1e4 if case.fill == "large" else 1.0)}


def _layer(name: str, arithmetic: Arithmetic, fill: Callable[..., Arrays], **changes: Any) -> Layer:
    """Return the spec of an elementwise layer."""
    common: dict[str, Any] = {
        "grammar": Grammar("n{n}d{dims}"),
        "tensors": tensors,
        "output": output,
        "options": lambda params: {},
        "terms": lambda params: 1,
        "draw": draw,
        "battery": BATTERY,
        "tiny": "n1d1",
        "fills": ("nan", "inf"),
        "colours": colours,
    }
    pairs = {"naive": Pair.of(naive, name), "fast": Pair.of(fast, name)}
    return Layer(
        name=name, arithmetic=arithmetic, differentiable=("x",), fill=fill, **{**common, **pairs, **changes}
    )


_integers = fill.by_name(x=fill.integers)

RELU = _layer("relu", Arithmetic.WINNER, fill_kinked, fills=("ties", "nan", "inf"))
LEAKY_RELU = _layer(
    "leaky_relu",
    Arithmetic.WINNER,
    fill_kinked,
    grammar=Grammar("n{n}d{dims}_a{slope}"),
    options=lambda params: {"slope": params["slope"]},
    draw=lambda choose: {**draw(choose), "slope": choose.one_of(*SLOPES)},
    unit=lambda params: round(1 / params["slope"]),
    battery=tuple(f"{geometry}_a{slope}" for geometry, slope in zip(BATTERY, (*SLOPES, 0.5), strict=True)),
    tiny="n1d1_a0.5",
    fills=("ties", "nan", "inf"),
)
SIGMOID = _layer("sigmoid", Arithmetic.SMOOTH, fill_smooth, fills=("nan", "inf"))
TANH = _layer("tanh", Arithmetic.SMOOTH, fill_smooth, fills=("nan", "inf"))
IDENTITY = _layer("identity", Arithmetic.LINEAR, _integers)
FLATTEN = _layer("flatten", Arithmetic.LINEAR, _integers, output=flat_output, colours=flat_colours)
