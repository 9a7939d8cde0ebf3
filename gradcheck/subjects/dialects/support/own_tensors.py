"""Tensors of a file's own for arrays: ops; functions and modules are in files of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck.subjects.dialects.support.aliases import aliases_of as own_aliases
from gradcheck.subjects.dialects.support.own_functions import (
    own_called,
    own_function_backward,
    own_function_called,
)
from gradcheck.subjects.dialects.support.own_modules import (
    own_cell_backward,
    own_cell_called,
    own_module_backward,
    own_module_called,
    own_module_parameters,
)
from gradcheck.subjects.dialects.support.own_numbers import as_arrays, made_of, numbers_of, write_back

__all__ = [
    "own_aliases",
    "own_called",
    "own_cell_backward",
    "own_cell_called",
    "own_function_backward",
    "own_function_called",
    "own_module_backward",
    "own_module_called",
    "own_module_parameters",
    "own_op_called",
    "own_op_gradient",
]

Array = NDArray[Any]


def own_op_called(
    kind: Any, tensor: Any, made: Mapping[str, Any], arrays: Sequence[Array]
) -> tuple[Any, Any]:
    """Make an op, call it on tensors, and return its output as an array, and what its gradient needs."""
    op = kind(**made)
    given = [made_of(tensor, each) for each in arrays]
    out = op(*given) if callable(op) else _node(tensor, op, given)
    write_back(given, arrays)
    return numbers_of(out), (op, out, tensor)


def _node(tensor: Any, op: Any, given: list[Any]) -> Any:
    """Return what a library's own call of an op would return."""
    out = tensor(op.compute(*(numbers_of(each) for each in given)))
    out.op, out.inputs = op, given
    return out


def own_op_gradient(how: str, dout: Array, left: tuple[Any, Any, Any]) -> Any:
    """Call the gradient of an op, or its backward on a tensor or an array, and return its results as arrays."""
    op, out, tensor = left
    if how == "array":
        return as_arrays(op.backward(np.array(dout)))
    upstream = made_of(tensor, np.asarray(dout))
    return as_arrays(op.gradient(upstream, out) if how == "gradient" else op.backward(upstream))
