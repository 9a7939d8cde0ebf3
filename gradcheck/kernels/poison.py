"""Memory that holds NaN when a kernel asks for some: what it never writes shows in its results."""

import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np

BLOCKS = 3
"""How many blocks of each size are filled with NaN; of a large one, a single one."""

LARGE, MOST = 2**16, 2**20
"""Bytes of a large block, and of the largest: larger ones often come from the system, which clears them."""


def poison(sizes: Iterable[int], framework: str) -> None:
    """Fill memory of the C library with NaN, so many bytes each, and give it back: it likely gives the same out again.

    NumPy keeps small blocks for itself.
    """
    blocks: list[Any] = []
    for size in sizes:
        if not 0 < size <= MOST:
            continue
        for _ in range(BLOCKS if size < LARGE else 1):
            if framework == "torch":
                torch = importlib.import_module("torch")
                blocks.append(torch.empty(max(1, size // 4), dtype=torch.float32).fill_(float("nan")))
            else:
                blocks.append(np.full(size, 0xFF, np.uint8))  # a NaN in every format
