"""Predicates about the numbers in any tensor: signs, zeros, magnitudes, ties, NaN."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from blind.asked import Values
from blind.holding import Holds, above, below, floats_of, not_short, tested
from blind.lists import BOUNDS
from blind.predicate import Predicate
from gradcheck.contract import Layer


def _of_numbers(name: str) -> dict[str, Holds]:
    """Return what may be said of the numbers of any tensor."""
    found: dict[str, Callable[[Values], Any]] = {
        f"{name} holds an exact zero": lambda v: (v.real == 0).any(),
        f"{name} is all zeros": lambda v: (v.real == 0).all(),
        f"{name} holds a negative zero": lambda v: ((v.real == 0) & np.signbit(v.real)).any(),
        f"{name} holds a negative number": lambda v: (v.real < 0).any(),
        f"{name} is all negative": lambda v: (v.real < 0).all(),
        f"{name} is all positive": lambda v: (v.real > 0).all(),
        f"{name} holds two equal numbers": lambda v: v.has_equal,
        f"{name} is constant": lambda v: v.size > 1 and (v.real == v.real[0]).all(),
        f"{name} holds NaN": lambda v: np.isnan(v.real).any(),
        f"{name} holds infinity": lambda v: (v.real == np.inf).any(),
        f"{name} holds -infinity": lambda v: (v.real == -np.inf).any(),
        f"{name} is whole numbers": lambda v: (v.real == np.floor(v.real)).all(),
        f"{name} holds no whole number": lambda v: (v.real != np.floor(v.real)).all(),
        f"{name} holds a 1": lambda v: (v.real == 1).any(),
        f"{name} has a mean of more than 100 deviations": lambda v: (
            v.finite.size > 2 and abs(v.finite.mean()) > 100 * v.finite.std() > 0
        ),
        f"the first {name} is the largest": lambda v: v.size > 1 and v.real.argmax() == 0,
        f"the last {name} is the largest": lambda v: v.size > 1 and v.real.argmax() == v.size - 1,
        f"{name} has a zero row": lambda v: (v.rows == 0).all(axis=1).any(),
        f"{name} has two equal rows": lambda v: np.unique(v.rows, axis=0).shape[0] < v.rows.shape[0],
    }
    tests = {text: tested(name, test) for text, test in found.items()}
    tests[f"{name} is not short decimals"] = not_short(name)
    tests |= {f"an |{name}| > {bound:g}": above(name, bound) for bound in BOUNDS if bound >= 10}
    return tests | {f"a 0 < |{name}| < {bound:g}": below(name, bound) for bound in BOUNDS if bound <= 0.1}


def numbers(layer: Layer) -> Iterator[Predicate]:
    for name in floats_of(layer):
        yield from (Predicate(f"numbers of {name}", text, holds) for text, holds in _of_numbers(name).items())


def numbers_of_dout(layer: Layer) -> Iterator[Predicate]:
    for text, holds in _of_numbers("dout").items():
        if not layer.shapes.is_loss or "row" not in text:
            yield Predicate("numbers of dout", text, holds, "dout")
    if layer.shapes.is_loss:
        yield Predicate("numbers of dout", "dout == 1", tested("dout", lambda v: v.real[0] == 1), "dout")
        return
    one_hot = tested("dout", lambda v: v.size > 1 and np.count_nonzero(v.real) == 1)
    yield Predicate("numbers of dout", "dout is one-hot", one_hot, "dout")
    yield Predicate(
        "numbers of dout", "dout is all ones", tested("dout", lambda v: (v.real == 1).all()), "dout"
    )
    yield Predicate("numbers of dout", "dout equals out", lambda a: np.array_equal(a.dout, a.out), "dout")
