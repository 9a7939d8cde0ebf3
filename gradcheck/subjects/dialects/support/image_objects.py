"""For layers of one image: an activator that changes nothing, and a function of numbers applied to arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PlainActivator", "applied_to_each"]


class PlainActivator:
    """The identity, and its derivative: for numbers and for arrays."""

    def forward(self, weighted_input: Any) -> Any:
        """Return what came."""
        return weighted_input

    def backward(self, output: Any) -> Any:
        """Return 1."""
        return np.ones_like(output)


def applied_to_each(function: Callable[[Any], Any], values: NDArray[Any]) -> NDArray[Any]:
    """Return what a function of one number makes of each entry of an array."""
    return np.array([function(value) for value in values.ravel()]).reshape(values.shape)
