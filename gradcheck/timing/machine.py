"""The machine that something is measured on: what it is, how many threads are used, and when they are at rest."""

import contextlib
import math
import os
import platform
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from gradcheck.contract import Case
from gradcheck.fast import engine
from gradcheck.kernels.dtypes import Dtype
from gradcheck.timing.contender import traffic


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The processor and the versions. `torch` is None where it is not loaded."""

    processor: str
    cores: int
    system: str
    python: str
    numpy: str
    blas: str
    torch: str | None

    def __str__(self) -> str:
        torch = f", PyTorch {self.torch}" if self.torch else ""
        return (
            f"{self.processor}, {self.cores} cores, {self.system}; "
            f"Python {self.python}, NumPy {self.numpy} with {self.blas}{torch}"
        )


def machine() -> Machine:
    """Return what this process runs on."""
    torch = sys.modules.get("torch")
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        numpy=np.__version__,
        blas=_blas(),
        torch=None if torch is None else str(torch.__version__),
    )


def _processor() -> str:
    """Return the processor's name, which only Linux has in a file."""
    information = Path("/proc/cpuinfo")
    lines = (
        information.read_text(encoding="utf-8", errors="replace").splitlines() if information.exists() else []
    )
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _blas() -> str:
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]  # it has no types

    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return ", ".join(dict.fromkeys(map(_library, found))) or "an unknown BLAS"


def _library(library: dict[str, str | None]) -> str:
    words = (library["internal_api"], library.get("version"), library.get("architecture"))
    return " ".join(word for word in words if word)


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
    from threadpoolctl import threadpool_limits

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


STEP = 0.02 if sys.platform == "win32" else 0.01
"""Seconds between two looks at the process's CPU time. The system adds a running thread's time to it once a tick, which
is at most 10 ms long on Linux, and 16 ms on Windows."""

BUSY = 0.1
"""Threads that compute for less than this part of a step count as asleep."""

LIMIT = 1.0
"""Seconds to wait at most: OpenBLAS's threads spin for a tenth of a second, Intel's OpenMP for two tenths."""


def at_rest(limit: float = LIMIT) -> bool:
    """Wait until no thread of this process computes.

    Parameters
    ----------
    limit : float
        Seconds after which to give up.

    Returns
    -------
    bool
        Whether all threads came to rest.

    Notes
    -----
    After a call, threads of OpenMP and BLAS spin: they keep a core busy while they wait for more work. What is timed
    next would share the cores with them. ``OMP_WAIT_POLICY=PASSIVE`` is no substitute: it puts the threads to sleep at
    once, and then each call has to wake them, which makes short calls up to four times as long.
    """
    started = time.perf_counter()
    while True:
        before = time.process_time()
        time.sleep(STEP)
        if time.process_time() - before < BUSY * STEP:
            return True
        if time.perf_counter() - started >= limit:
            return False


CACHED = 2**14
"""Bytes of the arrays by whose copies the machine's best speed is measured: they stay in the fastest cache."""

COPIES, TRIES = 100, 20
GENEROUS = 4.0
"""How many times faster than this measurement a core may be at something else."""


def least_seconds(case: Case, dtype: Dtype, backward: bool) -> float:
    """Return the time below which no kernel is believed: that of moving every number once, at the best speed.

    That a device computes, or how many operations a method needs, makes no difference to it: the inputs lie in the
    memory of the processor, and so do the results.
    """
    bytes_each = np.dtype(dtype.storage).itemsize
    numbers = traffic(case.but(dtype="float64"), "backward" if backward else "forward") / 8
    return numbers * bytes_each / (bandwidth() * (os.cpu_count() or 1) * GENEROUS)


@lru_cache(maxsize=1)
def bandwidth() -> float:
    """Return how many bytes one core reads and writes in a second, at best."""
    source, target = np.ones(CACHED, dtype=np.uint8), np.empty(CACHED, dtype=np.uint8)
    best = math.inf
    for _ in range(TRIES):
        started = time.perf_counter()
        for _ in range(COPIES):
            np.copyto(target, source)
        best = min(best, time.perf_counter() - started)
    return 2 * CACHED * COPIES / best
