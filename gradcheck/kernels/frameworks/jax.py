"""JAX: its own kernels, and whatever is written with it. Gradients come from `jax.vjp`."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcheck.contract import Array, Function, Malformed
from gradcheck.kernels.dtypes import Dtype, float8
from gradcheck.kernels.frameworks.framework import Exchange, Framework, uses


def jax() -> Any:
    """Return JAX, which is only imported where something is judged with it."""
    return importlib.import_module("jax")


def put(array: Array, dtype: Dtype) -> Any:
    """Return an array of JAX's; it lies in memory as JAX likes it."""
    if dtype.name == "float64":
        jax().config.update("jax_enable_x64", True)
    if dtype.name == "bfloat16" and array.dtype == np.uint16:
        return jax().numpy.asarray(array.view(jax().numpy.bfloat16.dtype))
    if dtype.name.startswith("float8") and array.dtype == np.uint8:
        return jax().numpy.asarray(array.view(float8(dtype.name)))
    return jax().numpy.asarray(array)


def get(returned: Any, dtype: Dtype) -> Array:
    """Return an array's numbers as they are stored. Raises Malformed."""
    if not isinstance(returned, jax().Array):
        raise Malformed(f"returned a {type(returned).__name__}; expected a JAX array")
    wanted = "int32" if dtype.is_integer else dtype.result  # indices too: it has 64 bits only on request
    if returned.dtype.name not in (wanted, dtype.result):
        raise Malformed(f"returned {returned.dtype.name}; expected {wanted}")
    found = np.asarray(returned)
    if dtype.name == "int64":
        return found.astype(np.int64)
    return found.view(np.uint16) if wanted == "bfloat16" else found


def differentiate(function: Function, tensors: Sequence[Any], dout: Any) -> tuple[Any, Sequence[Any]]:
    """Return the output and the gradients, by reverse mode."""
    out, pull_back = jax().vjp(function, *tensors)
    return out, pull_back(dout)


JAX = Framework(
    name="jax",
    suits=lambda function: uses(function, "jax", "jaxlib"),
    exchange=Exchange(
        put=put,
        get=get,
        finish=lambda returned: jax().block_until_ready(returned),
        has_strides=False,
    ),
    title=lambda: f"JAX {jax().__version__}",
    differentiate=differentiate,
    declared=("threads", "refusal"),  # of what cannot be it gives no output
)
