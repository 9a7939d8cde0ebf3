"""Functions on NumPy arrays: the family of whatever has no other."""

from typing import Any

import numpy as np

from gradcheck.contract import Array, Malformed
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.frameworks.framework import Framework


def put(array: Array, dtype: Dtype) -> Array:
    """Return the array itself."""
    return array


def get(returned: Any, dtype: Dtype) -> Array:
    """Return the array that came back, of the dtype that went in; int8 comes back as its sums, int32."""
    wanted = "int32" if dtype.is_integer else dtype.storage
    if not isinstance(returned, np.ndarray):
        raise Malformed(f"returned a {type(returned).__name__}; expected an array")
    if returned.dtype != wanted:
        raise Malformed(f"returned {returned.dtype}; expected {wanted}")
    return returned


NUMPY = Framework(
    name="numpy",
    suits=lambda function: True,
    put=put,
    get=get,
    title=lambda: f"NumPy {np.__version__}",
    dtypes=("float64", "float32", "float16", "int8"),
)
