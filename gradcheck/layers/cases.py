"""The cases of a verification: the layer's fixed battery first, then random cases."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.contract import Case, Choose, Layer, Subject

MOST_TRIES = 50
"""Draws per wanted case. An interface with few options has fewer geometries than cases are asked for."""

LARGEST = 4000
"""The most values that a random case's inputs may hold: subjects written as Python loops visit each of them."""


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


def drawn(layer: Layer, choose: Choose, seed: int) -> Case | None:
    """Return a case of a layer from a source of choices, or None if the draw is impossible or too large."""
    case = Case(layer, layer.cases.draw(choose), seed=seed)
    return case if case.flaw is None and case.size <= LARGEST else None


def random_cases(layer: Layer, seed: int) -> Iterator[Case]:
    """Yield random legal cases without end, each with its own seed."""
    # Seeded by the name as well, so that the layers' geometries do not follow one sequence.
    rng = np.random.default_rng((seed, *layer.name.encode()))
    number = seed
    while True:
        case = drawn(layer, Seeded(rng), number)
        if case is not None:
            number += 1
            yield case


def cases_for(subject: Subject, count: int, seed: int) -> list[Case]:
    """Return the battery and `count` random cases, each replaced by the nearest one that the interface can express."""
    layer = subject.layer
    found: dict[str, Case] = {}
    for geometry in layer.cases.battery:
        _add(found, subject, layer.case(geometry, seed=seed))
    wanted, source = len(found) + count, random_cases(layer, seed)
    for _ in range(MOST_TRIES * count):
        if len(found) >= wanted:
            break
        _add(found, subject, next(source))
    return list(found.values())


def _add(found: dict[str, Case], subject: Subject, case: Case) -> None:
    """Add the nearest case that the interface can express, unless its geometry is already there."""
    dtype = "float32" if subject.interface.single else case.dtype
    nearest = case.but(params=subject.interface.express(case.params), dtype=dtype)
    if nearest.flaw is None:
        found.setdefault(nearest.geometry, nearest)
