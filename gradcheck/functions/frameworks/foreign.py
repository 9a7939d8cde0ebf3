"""Arrays of any other library, by DLPack or `__array__`; a backward has to be given."""

import copy
import importlib
import sys
from typing import Any

import numpy as np

from gradcheck.contract import Array
from gradcheck.functions.frameworks.library import EPS, Library

MAKERS = ("from_dlpack", "asarray", "array", "tensor", "Tensor")
"""What the function that makes an array of NumPy's numbers is called, the best first."""


class Foreign(Library):
    """Arrays with `__dlpack__` or `__array__`."""

    name = "foreign"

    def owns(self, value: Any) -> bool:
        """Return whether `value` can be read as an array; a type, a number and a scalar of NumPy's cannot."""
        is_plain = isinstance(value, type | np.generic | int | float | complex)
        if is_plain or not (hasattr(value, "__dlpack__") or hasattr(value, "__array__")):
            return False
        try:  # a table or an image may be read as an array, and is none
            return isinstance(self.put(np.zeros(1), value, is_wide=True), type(value))
        except Exception:  # noqa: BLE001 - what its library does with an array of NumPy's is its own affair
            return False

    def is_float(self, value: Any) -> bool:
        """Return whether an array has a real floating dtype."""
        return self.get(value).dtype.kind == "f"

    def eps(self, value: Any) -> float:
        """Return the spacing of 1.0 in the dtype of an array."""
        name = str(getattr(value, "dtype", "")).rpartition(".")[2]
        return EPS.get(name) or float(np.finfo(self.get(value).dtype).eps)

    def get(self, value: Any) -> Array:
        """Return an array's numbers."""
        array = np.asarray(value) if hasattr(value, "__array__") else np.from_dlpack(value)
        return array.astype(np.float32) if array.dtype.name in EPS else array

    def put(self, values: Array, like: Any, is_wide: bool = False) -> Any:
        """Return numbers as an array of the library of `like`. Raises TypeError if the library has no way to do so."""
        given = values if is_wide else values.astype(self.get(like).dtype)
        namespace = self._namespace(like)
        for name in MAKERS:
            make = getattr(namespace, name, None)
            if make is not None:
                return make(given)
        raise TypeError(
            f"check_gradients: {type(like).__module__} has none of {', '.join(MAKERS)}; expected one that makes its "
            "arrays of NumPy's: pass NumPy arrays, and convert them in forward and in backward"
        )

    def copy(self, value: Any) -> Any:
        """Return a copy of an array."""
        return copy.deepcopy(value)

    def _namespace(self, like: Any) -> Any:
        if hasattr(like, "__array_namespace__"):
            return like.__array_namespace__()
        module = type(like).__module__
        root = sys.modules.get(module.partition(".")[0])
        return root if any(hasattr(root, name) for name in MAKERS) else importlib.import_module(module)


FOREIGN = Foreign()
