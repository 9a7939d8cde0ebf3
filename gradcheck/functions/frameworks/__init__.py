"""The libraries of arrays, found by the types of what is passed; none is imported that the caller has not imported."""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from gradcheck.contract import Function
from gradcheck.functions.frameworks.foreign import FOREIGN
from gradcheck.functions.frameworks.jax import JAX
from gradcheck.functions.frameworks.library import NUMPY, Library
from gradcheck.functions.frameworks.torch import TORCH

__all__ = ["NUMPY", "TORCH", "Library", "framework_of", "is_float", "library_of"]


def library_of(value: Any) -> Library | None:
    """Return the library whose array `value` is; None if it is no array."""
    if isinstance(value, np.ndarray):
        return NUMPY
    for library in (TORCH, JAX):
        if library.name in sys.modules and library.owns(value):
            return library
    return FOREIGN if FOREIGN.owns(value) else None


def is_float(value: Any) -> bool:
    """Return whether `value` is an array of a real floating dtype, of any library."""
    library = library_of(value)
    return library is not None and library.is_float(value)


def framework_of(function: Function, values: Iterable[Any]) -> Library | None:
    """Return the framework that differentiates a function itself: that of its inputs, or of its own type or module."""
    found = [library_of(value) for value in values]
    for library in (TORCH, JAX):
        if any(each is library for each in found) or _is_from(function, library.name):
            return library
    return None


def _is_from(function: Function, framework: str) -> bool:
    if framework not in sys.modules:
        return False
    homes = [getattr(each, "__module__", None) or "" for each in (*type(function).__mro__, function)]
    owner = getattr(function, "__self__", None)  # torch.autograd.Function.apply is bound to its class
    if isinstance(owner, type):
        homes += [each.__module__ for each in owner.__mro__]
    if isinstance(function, type):
        homes += [each.__module__ for each in function.__mro__]
    return any(home.partition(".")[0] in (framework, f"{framework}lib") for home in homes)
