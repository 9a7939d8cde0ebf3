"""Functions compiled by numba: NumPy arrays go in and come out."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcheck.kernels.frameworks.framework import Framework
from gradcheck.kernels.frameworks.numpy import get, put


def numba() -> Any:
    """Return numba, which is only imported where something is judged with it."""
    return importlib.import_module("numba")


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let numba use so many threads."""
    before = numba().get_num_threads()
    numba().set_num_threads(count)
    try:
        yield
    finally:
        numba().set_num_threads(before)


NUMBA = Framework(
    name="numba",
    suits=lambda function: type(function).__module__.split(".")[0] == "numba",
    put=put,
    get=get,
    title=lambda: f"numba {numba().__version__}",
    dtypes=("float64", "float32", "int8"),
    threads=threads,
)
