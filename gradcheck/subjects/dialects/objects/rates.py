"""The rate of classes that update their parameters in backward."""

from typing import Any

from gradcheck.contract import Arrays
from gradcheck.grammar import Params

RATE = 2.0**30
"""The learning rate of a class that updates in backward.

A power of two: the step is exact. And a large one: the parameter itself is a small part of the difference that the
gradient is read from, and takes none of its digits.
"""


class Rated:
    """What passes the rate, or an optimizer with it."""

    is_rate = True

    def __init__(self, value: Any) -> None:
        self._value = value

    def __call__(self, params: Params, tensors: Arrays) -> Any:
        """Return it."""
        return self._value
