"""Random cases of a layer, from any source of choices."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Case, Choose, Layer
from gradcheck.layers.space import products

LARGEST = 8000
"""The most values that a random case's inputs, and its output, may hold: Python loops visit each of them."""

MOST_PRODUCTS = 20_000
"""The most products that a random case's output is made of: innermost loops in Python take about 10 ms for them."""

RARELY = 3
"""How many times as much the rare large cases may have: code that is slow is not asked them."""


class Seeded:
    """Choices from a seeded generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def integer(self, low: int, high: int) -> int:
        """Return an integer between `low` and `high`, both included."""
        return int(self._rng.integers(low, high + 1))

    def one_of(self, *options: Any) -> Any:
        """Return one of `options`."""
        return options[int(self._rng.integers(len(options)))]


def drawn(layer: Layer, choose: Choose, seed: int, times: int = 1) -> Case | None:
    """Return a plain case of a layer from a source of choices, or None if the draw is impossible or too large.

    It may have `times` as many numbers, and take as many products, as is usual.
    """
    case = Case(layer, layer.cases.draw(choose), seed=seed)
    return case if case.flaw is None and is_small(case, times) else None


def _filled(layer: Layer, choose: Choose) -> str:
    """Draw a kind of numbers: in one of two cases large integers, which single precision cannot hold, or plain ones."""
    values = layer.numbers.values
    usual = "big" if "big" in values else "plain"
    return str(choose.one_of(usual, choose.one_of("plain", *values)))


def is_small(case: Case, times: int) -> bool:
    """Return whether loops in Python get through a case in little time, or in a few times as much."""
    size = max(case.size, math.prod(case.output_shape))
    return size <= LARGEST * times and products(case) <= MOST_PRODUCTS * times


def random_cases(layer: Layer, seed: int) -> Iterator[Case]:
    """Yield random legal cases without end, each with its own seed; some with other than plain numbers."""
    # Seeded by the name as well, so that the layers' geometries do not follow one sequence.
    rng = np.random.default_rng((seed, *layer.name.encode()))
    choose, number = Seeded(rng), seed
    while True:
        case = drawn(layer, choose, number, RARELY)
        if case is not None:
            number += 1
            yield case.but(fill=_filled(layer, choose))
