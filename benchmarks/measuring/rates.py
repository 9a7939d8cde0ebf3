"""What the machine can do at best: multiply matrices, and move memory."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec
import numpy as np

from gradcheck.timing.race import seconds

SIDES = (512, 768, 1024, 1536)
PROBE = 512
"""The side of the product that is timed beside every dense convolution: small enough not to take its time."""

COPIED = 2**27
"""Bytes that each thread copies: more than any cache holds."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """10**9 operations a second in `matmul`; 10**9 bytes a second read or written by a copy."""

    dtype: str
    threads: int
    matmul: float
    copy: float


def measured(dtype: str, threads: int, repeats: int = 5) -> Rates:
    """Return the machine's rates: the best over several sizes, and over the repeats."""
    products = [2 * side**3 / min(_times(product(side, dtype), repeats)) for side in SIDES]
    moved = 2 * COPIED * threads / min(_copies(threads, repeats))
    return Rates(dtype=dtype, threads=threads, matmul=max(products) / 1e9, copy=moved / 1e9)


def product(side: int, dtype: str):
    """Return a call that multiplies two square matrices."""
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-5, 6, size=(side, side)).astype(dtype) for _ in range(2))
    return partial(np.matmul, a, b)


def _times(call, repeats: int) -> list[float]:
    call()
    return [seconds(call) for _ in range(repeats)]


def _copies(threads: int, repeats: int) -> list[float]:
    """Return how long it takes to copy a block on each thread, into memory that has been written to before."""
    blocks = [(np.ones(COPIED, np.uint8), np.ones(COPIED, np.uint8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def copy() -> None:
            list(pool.map(lambda pair: np.copyto(*pair), blocks))

        return _times(copy, repeats)


def roofline(operations: float | None, traffic: float, rates: Rates) -> tuple[float, str]:
    """Return the seconds below which nothing of the sort ends on this machine, and what limits it."""
    compute = (operations or 0) / rates.matmul / 1e9
    memory = traffic / rates.copy / 1e9
    return max((compute, "matmul"), (memory, "memory"))
