"""The rows of a layer: cases chosen once from many thousands, so that a verification starts from a few good ones."""

from collections.abc import Iterator
from importlib import resources
from itertools import islice

from gradcheck.contract import Case, Layer
from gradcheck.layers.covering import chosen, few
from gradcheck.layers.drawn import random_cases
from gradcheck.layers.space import classes_of, cost_of, pairs_of

POOL = 10_000
"""Random cases of which the rows are chosen."""

MOST = 160
"""Rows of a layer: those that have every class, and then those that add most pairs of classes."""

FOLDER = "rows"


def generated(layer: Layer) -> list[Case]:
    """Return the rows of a layer, chosen anew; it takes a few seconds."""
    pool = list(islice(random_cases(layer, 0), POOL))
    rows = few(pool, classes_of, cost_of)
    before = frozenset[str]().union(*map(pairs_of, rows))
    more = chosen(pool, lambda case: pairs_of(case) - before, cost_of, MOST - len(rows))
    return [*rows, *more]


def written(rows: list[Case]) -> str:
    """Return rows as the text of a file: a geometry and a kind of numbers in each line."""
    return "".join(f"{case.geometry} {case.fill}\n" for case in rows)


def stored(layer: Layer) -> Iterator[Case]:
    """Yield the rows of a layer that are kept in a file; none for a layer of others."""
    file = resources.files("gradcheck.layers") / FOLDER / f"{layer.name}.txt"
    if not file.is_file():
        return
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        geometry, fill = line.split()
        yield layer.case(geometry, fill=fill, seed=number)
