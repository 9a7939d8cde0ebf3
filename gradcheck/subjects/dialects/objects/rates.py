"""The rates of classes that update their parameters in backward: the gradient is the step divided by the rate."""

from collections.abc import Callable
from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params

RATES = (2.0**30, 2.0**20)
"""The learning rates, in turn: a step that is not in proportion to the rate is right with one of them at most.

Powers of two: the step is exact. And large ones: the parameter itself is a small part of the difference that the
gradient is read from, and takes none of its digits.
"""


def rate_of(params: Params) -> float:
    """Return the rate that a class is judged with on a case: the extents choose, so that both occur."""
    extents = [value for value in params.values() if isinstance(value, int)]
    return RATES[(sum(extents) + sum(params.get("dims", ()))) % len(RATES)]


class Rated:
    """What passes the rate, or what is made of it: an optimizer. It is made anew for each call."""

    is_rate = True

    def __init__(self, make: Callable[[float], Any] = float) -> None:
        self._make = make

    def __call__(self, params: Params, tensors: Arrays) -> Any:
        """Return it."""
        return self._make(rate_of(params))
