"""Any other library of arrays that speaks DLPack, as the array API standard wants it: CuPy and its like."""

import importlib
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.contract import Array, Function, Malformed
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.frameworks.framework import Exchange, Framework, modules_of

OWN = ("numpy", "torch", "jax", "jaxlib", "autograd")
DTYPES = ("float64", "float32", "float16", "int8")


def suits(function: Function) -> bool:
    """Return whether a function's file imports a library of arrays that has no adapter of its own."""
    return _library(function) is not None


def bind(function: Function) -> Framework:
    """Return the framework that is the library of arrays which a function's file imports."""
    library = _library(function) or np

    def put(array: Array, dtype: Dtype) -> Any:
        try:
            return library.from_dlpack(array)
        except (BufferError, RuntimeError, TypeError, ValueError):  # other memory: it has to be copied
            return library.asarray(array)

    def title() -> str:
        return f"{library.__name__} {getattr(library, '__version__', '')}".strip()

    return Framework(
        name="array_api",
        suits=suits,
        exchange=Exchange(put=put, get=get),
        title=title,
        dtypes=DTYPES,
    )


def get(returned: Any, dtype: Dtype) -> Array:
    """Return the numbers of anything that speaks DLPack. Raises Malformed."""
    if not hasattr(returned, "__dlpack__"):
        raise Malformed(f"returned a {type(returned).__name__}; expected an array")
    found = np.from_dlpack(_on_cpu(returned))
    wanted = dtype.results
    if found.dtype != wanted:
        raise Malformed(f"returned {found.dtype}; expected {wanted}")
    return found


def _on_cpu(returned: Any) -> Any:
    kind, _ = returned.__dlpack_device__()
    if kind == 1:
        return returned
    if find_spec("array_api_compat"):
        return importlib.import_module("array_api_compat").to_device(returned, "cpu")
    return returned.to_device("cpu")


def _library(function: Function) -> ModuleType | None:
    libraries = (each for each in modules_of(function) if each.__name__.split(".")[0] not in OWN)
    return next(
        (each for each in libraries if hasattr(each, "from_dlpack") and hasattr(each, "asarray")), None
    )


ARRAY_API = Framework(
    name="array_api",
    suits=suits,
    exchange=Exchange(put=lambda array, dtype: array, get=get),
    title=lambda: "array API",
    dtypes=DTYPES,
    bind=bind,
)
