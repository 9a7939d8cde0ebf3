"""The geometries that kernels are asked: candidates, the classes that each has, and what it costs.

A fast kernel has a path for each kind of geometry (a 3x3 of stride 1, a depthwise one, a long row), and in each path
loops over blocks with a tail. The classes are therefore kinds of kernels, strides, pads and groups, extents next to
powers of two, and remainders. A class of its own is every pair of kinds: most paths are chosen by two.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.contract import Layer
from gradcheck.grammar import Params
from gradcheck.kernels.classes import Classes, of_affine, of_any, of_conv2d, of_conv_transpose2d
from gradcheck.kernels.geometries import draw_affine, draw_transposed, draw_window
from gradcheck.layers import BY_NAME, geometry
from gradcheck.layers.drawn import Seeded

CANDIDATES = 1500
"""Geometries that are drawn, of which few are chosen."""

MOST_PRODUCTS = 200_000
"""Products in one forward, at most: kernels written as loops are judged, too."""

MOST_TERMS = 640
"""Products in one sum, at most: many more would leave single precision no room for exact integers."""

OVERHEAD = 100_000
"""The products that take as long as everything else that a problem costs."""


@dataclass(frozen=True)
class Space:
    """The geometries of one layer.

    Attributes
    ----------
    draw : callable
        A generator -> parameters, which may be impossible, too large or of no use.
    classes : callable
        Parameters -> the names of the classes that they have.
    products : callable
        Parameters -> the number of products of a forward.
    flaw : callable
        Parameters -> why they are impossible, or None.
    terms : callable
        Parameters -> the number of products in the longest sum.
    sees : callable
        Parameters -> whether the windows see enough of the image, and not padding alone.
    draws : int
        How many geometries are drawn.
    """

    draw: Callable[[random.Random], dict[str, Any]]
    classes: Callable[[Params], Classes]
    products: Callable[[Params], int]
    flaw: Callable[[Params], str | None]
    terms: Callable[[Params], int]
    sees: Callable[[Params], bool]
    draws: int = CANDIDATES

    def candidates(self, seed: int) -> Iterator[Params]:
        """Yield geometries, not all of which are suitable; the same ones for the same seed."""
        rng = random.Random(seed)  # noqa: S311 - geometries are no secrets
        for _ in range(self.draws):
            yield self.draw(rng)

    def suits(self, params: Params) -> bool:
        """Return whether a geometry is possible, small enough for any kernel, and shows something."""
        return (
            self.flaw(params) is None
            and self.products(params) <= MOST_PRODUCTS
            and self.terms(params) <= MOST_TERMS
            and self.sees(params)
        )

    def cost(self, params: Params) -> float:
        """Return how dear a geometry is."""
        return float(OVERHEAD + self.products(params))


def _products(params: Params) -> int:
    n, f, oh, ow = BY_NAME["conv2d"].shapes.output(params)
    return int(n * f * oh * ow * params["c"] // params["g"] * params["kh"] * params["kw"])


def _transposed_products(params: Params) -> int:
    each = params["c"] * params["f"] // params["g"] * params["kh"] * params["kw"]
    return int(params["n"] * params["h"] * params["w"] * each)


def _affine_products(params: Params) -> int:
    features = BY_NAME["affine"].shapes.inputs(params)["w"][0]
    return int(params["n"] * features * params["m"])


def _seen(image: tuple[int, ...], places: tuple[int, ...], params: Params) -> bool:
    """Return whether along each axis there are as many taps on the image as half of the places of the window."""
    for axis, kernel in enumerate((params["kh"], params["kw"])):
        stride, dilation, before = params["stride"][axis], params["dilation"][axis], params["pad"][axis][0]
        taps = 0
        for at in (tap * dilation - before for tap in range(kernel)):
            first, last = max(-(at // stride), 0), min((image[axis] - 1 - at) // stride, places[axis] - 1)
            taps += max(last - first + 1, 0)
        if 2 * taps < places[axis]:
            return False
    return True


def _conv2d_sees(params: Params) -> bool:
    return _seen(geometry.plane(params), BY_NAME["conv2d"].shapes.output(params)[2:], params)


def _conv_transpose2d_sees(params: Params) -> bool:
    return _seen(BY_NAME["conv_transpose2d"].shapes.output(params)[2:], geometry.plane(params), params)


def _of(
    name: str,
    draw: Callable[[random.Random], dict[str, Any]],
    classes: Callable[[Params], Classes],
    products: Callable[[Params], int],
    sees: Callable[[Params], bool] = lambda params: True,
) -> Space:
    layer = BY_NAME[name]
    return Space(draw, classes, products, layer.cases.flaw, layer.arithmetic.terms, sees)


SPACES: dict[str, Space] = {
    "conv2d": _of("conv2d", draw_window, of_conv2d, _products, _conv2d_sees),
    "conv_transpose2d": _of(
        "conv_transpose2d",
        draw_transposed,
        of_conv_transpose2d,
        _transposed_products,
        _conv_transpose2d_sees,
    ),
    "affine": _of("affine", draw_affine, of_affine, _affine_products),
}


GENERAL = 600
"""Geometries that are drawn of a layer whose space is not described here."""

MOST_NUMBERS = 20_000
"""The most numbers in the inputs of such a layer, and in its output: they are moved again and again."""


def space_of(layer: Layer) -> Space:
    """Return the geometries of a layer: those described here, or what the layer itself draws."""
    found = SPACES.get(layer.name)
    return found if found is not None and BY_NAME.get(layer.name) is layer else _general(layer)


def _general(layer: Layer) -> Space:
    def numbers(params: Params) -> int:
        shapes = (*layer.shapes.inputs(params).values(), layer.shapes.output(params))
        return sum(math.prod(shape) for shape in shapes)

    def draw(rng: random.Random) -> dict[str, Any]:
        return layer.cases.draw(Seeded(np.random.default_rng(rng.getrandbits(32))))

    def is_small(params: Params) -> bool:
        return 0 < numbers(params) <= MOST_NUMBERS

    def cost(params: Params) -> int:
        return max(numbers(params), layer.arithmetic.terms(params))

    return Space(draw, of_any, cost, layer.cases.flaw, lambda params: 0, is_small, GENERAL)
