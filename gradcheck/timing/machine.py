"""The machine that something is measured on: what it is, and how many of its threads are used."""

import contextlib
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from gradcheck.fast import engine


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
    lines = information.read_text().splitlines() if information.exists() else []
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
