"""Functions written with `autograd.numpy`: NumPy arrays go in and come out, and autograd differentiates."""

import importlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from gradcheck.contract import Function
from gradcheck.kernels.frameworks.framework import Framework, uses
from gradcheck.kernels.frameworks.numpy import get, put


def differentiate(function: Function, tensors: Sequence[Any], dout: Any) -> tuple[Any, Sequence[Any]]:
    """Return the output and the gradients, by reverse mode."""
    argnum = tuple(range(len(tensors)))
    pull_back, out = importlib.import_module("autograd").make_vjp(function, argnum)(*tensors)
    return out, pull_back(dout)


AUTOGRAD = Framework(
    name="autograd",
    suits=lambda function: uses(function, "autograd"),
    put=put,
    get=get,
    title=lambda: f"autograd {version('autograd')}",
    dtypes=("float64", "float32", "float16"),
    differentiate=differentiate,
)
