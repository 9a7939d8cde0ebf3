"""Functions on NumPy arrays: plain ones, those compiled by numba, and those written with `autograd.numpy`.

numba and autograd are imported only where something is judged with them.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import numpy as np

from gradcheck.contract import Array, Function, Malformed
from gradcheck.kernels.dtypes import FLOAT8, Dtype, float8
from gradcheck.kernels.frameworks.framework import Exchange, Framework, uses


def put(array: Array, dtype: Dtype) -> Array:
    """Return the array itself; of a format that NumPy lacks, its bits as ml_dtypes' numbers."""
    if dtype.name.startswith("float8") and array.dtype == np.uint8:
        return array.view(float8(dtype.name))
    return array


def get(returned: Any, dtype: Dtype) -> Array:
    """Return the array that came back, of the dtype that went in; of int8 and float8, their sums."""
    wanted = dtype.results
    if isinstance(returned, np.generic):
        returned = np.asarray(returned)
    if not isinstance(returned, np.ndarray):
        raise Malformed(f"returned a {type(returned).__name__}; expected an array")
    if returned.dtype != wanted:
        raise Malformed(f"returned {returned.dtype}; expected {wanted}")
    return returned


def numba() -> Any:
    """Return numba."""
    return importlib.import_module("numba")


@contextmanager
def numba_threads(count: int) -> Iterator[None]:
    """Let numba use so many threads."""
    before = numba().get_num_threads()
    numba().set_num_threads(count)
    try:
        yield
    finally:
        numba().set_num_threads(before)


def differentiate(function: Function, tensors: Sequence[Any], dout: Any) -> tuple[Any, Sequence[Any]]:
    """Return the output and the gradients, by autograd's reverse mode."""
    argnum = tuple(range(len(tensors)))
    pull_back, out = importlib.import_module("autograd").make_vjp(function, argnum)(*tensors)
    return out, pull_back(dout)


ARRAYS = Exchange(put=put, get=get)

NUMPY = Framework(
    name="numpy",
    suits=lambda function: True,
    exchange=ARRAYS,
    title=lambda: f"NumPy {np.__version__}",
    dtypes=("float64", "float32", "float16", "int8", *FLOAT8),
)

NUMBA = Framework(
    name="numba",
    suits=lambda function: type(function).__module__.split(".")[0] == "numba",
    exchange=ARRAYS,
    title=lambda: f"numba {numba().__version__}",
    dtypes=("float64", "float32", "int8"),
    threads=numba_threads,
)

AUTOGRAD = Framework(
    name="autograd",
    suits=lambda function: uses(function, "autograd"),
    exchange=ARRAYS,
    title=lambda: f"autograd {version('autograd')}",
    dtypes=("float64", "float32", "float16"),
    differentiate=differentiate,
)
