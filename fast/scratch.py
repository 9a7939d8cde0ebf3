"""Memory that each thread takes once and uses again: a fresh page costs more than what is written to it."""

import threading
from math import prod
from typing import Any

import numpy as np

from .arguments import Array

_own = threading.local()


class Scratch:
    """A piece of this thread's memory, for as long as one layer runs.

    Parameters
    ----------
    purpose : str
        Pieces for the same purpose are the same memory: two may not be in use at a time.
    dtype : dtype
        Of the arrays that are handed out.
    """

    def __init__(self, purpose: str, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._purpose = purpose

    def take(self, *shape: int) -> Array:
        """Return an array of that shape. What it holds is arbitrary; what was handed out before is overwritten."""
        size = prod(shape) * self.dtype.itemsize
        memory: Array | None = getattr(_own, self._purpose, None)
        if memory is None or memory.size < size:
            memory = np.empty(size, np.uint8)
            setattr(_own, self._purpose, memory)
        taken: Array = memory[:size].view(self.dtype).reshape(shape)
        return taken
