"""How many threads there are, for everyone who computes."""

import contextlib
import os
import sys
from collections.abc import Iterator

from gradcheck.fast import engine


@contextlib.contextmanager
def limited(threads: int | None) -> Iterator[int]:
    """Let `fast`, NumPy's BLAS and, where it is loaded, PyTorch use so many threads; as many as they like for None.

    Yields
    ------
    int
        How many there are.
    """
    if threads is None:
        yield len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    with (
        engine.threads.use_threads(threads),
        threadpool_limits(threads, user_api="blas"),
        _torch_limited(threads),
    ):
        yield threads


@contextlib.contextmanager
def _torch_limited(threads: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
